//! The logo: a parcel on its way, drawn with lines.

use super::sheet::Sheet;

/// The colour of the page's accent, as in `web/src/theme.css`: red, green, blue.
pub(super) const ACCENT: [f32; 3] = [0.05, 0.36, 0.65];

/// Draws the logo into a square of this size, whose lower left corner is here.
pub(super) fn draw(sheet: &mut Sheet, x: f32, y: f32, size: f32) {
    let at = |dx: f32, dy: f32| (x + dx * size, y + dy * size);
    let [red, green, blue] = ACCENT;
    let content = sheet.content();
    content.set_stroke_rgb(red, green, blue).set_fill_rgb(red, green, blue).set_line_width(size * 0.06);
    // The parcel: its outline, the edge between lid and sides, the tape.
    let corners = [(0.42, 0.95), (0.95, 0.72), (0.95, 0.30), (0.42, 0.07)];
    let (upper_x, upper_y) = at(0.42, 0.95);
    content.move_to(upper_x, upper_y);
    for (dx, dy) in corners.into_iter().skip(1).chain([(0.30, 0.12)]) {
        let (to_x, to_y) = at(dx, dy);
        content.line_to(to_x, to_y);
    }
    let (left_x, left_y) = at(0.30, 0.90);
    content.line_to(left_x, left_y).close_path().stroke();
    for (from, to) in [((0.30, 0.62), (0.95, 0.72)), ((0.60, 0.67), (0.60, 0.15))] {
        let ((from_x, from_y), (to_x, to_y)) = (at(from.0, from.1), at(to.0, to.1));
        content.move_to(from_x, from_y).line_to(to_x, to_y).stroke();
    }
    // The speed.
    for (start, height) in [(0.02, 0.72), (0.08, 0.50), (0.02, 0.28)] {
        let ((from_x, from_y), (to_x, to_y)) = (at(start, height), at(0.22, height));
        content.move_to(from_x, from_y).line_to(to_x, to_y).stroke();
    }
}
