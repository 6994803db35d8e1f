//! A terminal whose last lines are redrawn.

use std::io::Write as _;

use super::error::Error;
use super::output::write_stdout;

/// A terminal's size, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// The size of the terminal that standard output is; 80 × 24 if it is none.
pub(crate) fn size() -> Size {
    let (width, height) = terminal_size::terminal_size().map_or((80, 24), |(width, height)| (width.0, height.0));
    Size { width: usize::from(width), height: usize::from(height) }
}

/// Text of at most this many characters; the last is … if something is left out.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// The lines that were drawn last. The cursor is hidden as long as this exists.
pub(crate) struct Frames {
    drawn: Vec<String>,
}

impl Frames {
    const HIDE_CURSOR: &str = "\x1b[?25l";
    const SHOW_CURSOR: &str = "\x1b[?25h";

    pub(crate) fn begin() -> Result<Self, Error> {
        write_stdout(Self::HIDE_CURSOR)?;
        Ok(Self { drawn: Vec::new() })
    }

    /// Draws these lines in the place of the last ones.
    pub(crate) fn draw(&mut self, lines: &[String]) -> Result<(), Error> {
        if self.drawn == lines {
            return Ok(());
        }
        let mut text = String::new();
        if !self.drawn.is_empty() {
            // Back to the first line of the previous frame, and clear everything below.
            text = format!("\x1b[{}F\x1b[J", self.drawn.len());
        }
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        self.drawn = lines.to_vec();
        write_stdout(&text)
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        let _ = std::io::stdout().write_all(Self::SHOW_CURSOR.as_bytes());
        let _ = std::io::stdout().flush();
    }
}
