//! One page that is drawn on: text, lines, areas. Lengths are points, from the lower left corner.

use pdf_writer::{Content, Name, Str};

use super::winansi::{encode, width};

/// The name of Helvetica among a page's resources.
pub(super) const REGULAR: &[u8] = b"F1";
/// The name of Helvetica-Bold.
pub(super) const BOLD: &[u8] = b"F2";

/// How a text is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    font: &'static [u8],
    size: f32,
    /// From 0, black, to 1, white.
    gray: f32,
}

impl Style {
    /// Helvetica of a size.
    pub(super) const fn regular(size: f32) -> Self {
        Self { font: REGULAR, size, gray: 0.0 }
    }

    /// Helvetica-Bold of a size.
    pub(super) const fn bold(size: f32) -> Self {
        Self { font: BOLD, size, gray: 0.0 }
    }

    /// The same in grey.
    pub(super) const fn gray(self, gray: f32) -> Self {
        Self { gray, ..self }
    }
}

/// A page.
pub(super) struct Sheet(Content);

impl Sheet {
    pub(super) fn new() -> Self {
        Self(Content::new())
    }

    /// The page's content stream.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0.finish().into_vec()
    }

    /// Writes a text that begins here.
    pub(super) fn text(&mut self, style: Style, x: f32, y: f32, text: &str) {
        self.encoded(style, [1.0, 0.0, 0.0, 1.0, x, y], &encode(text));
    }

    /// Writes a text that ends here. Its width is that of Helvetica, so in bold it should be digits.
    pub(super) fn text_to(&mut self, style: Style, x: f32, y: f32, text: &str) {
        let encoded = encode(text);
        let start = x - width(&encoded, style.size);
        self.encoded(style, [1.0, 0.0, 0.0, 1.0, start, y], &encoded);
    }

    /// Writes lines that are already encoded, each below the one before; returns where the next one would be.
    pub(super) fn lines(&mut self, style: Style, x: f32, y: f32, lines: &[Vec<u8>]) -> f32 {
        lines.iter().fold(y, |y, line| {
            self.encoded(style, [1.0, 0.0, 0.0, 1.0, x, y], line);
            y - style.size - 2.0
        })
    }

    /// Writes an encoded text at a place and an angle, given as a matrix.
    pub(super) fn encoded(&mut self, style: Style, matrix: [f32; 6], encoded: &[u8]) {
        self.0
            .begin_text()
            .set_fill_gray(style.gray)
            .set_font(Name(style.font), style.size)
            .set_text_matrix(matrix)
            .show(Str(encoded))
            .end_text();
    }

    /// Draws a thin line from left to right.
    pub(super) fn rule(&mut self, x: f32, y: f32, to: f32) {
        self.0.set_stroke_gray(0.6).set_line_width(0.5).move_to(x, y).line_to(to, y).stroke();
    }

    /// Fills a rectangle.
    pub(super) fn area(&mut self, [x, y, width, height]: [f32; 4], [red, green, blue]: [f32; 3]) {
        self.0.set_fill_rgb(red, green, blue).rect(x, y, width, height).fill_nonzero();
    }

    /// What else can be drawn.
    pub(super) const fn content(&mut self) -> &mut Content {
        &mut self.0
    }
}
