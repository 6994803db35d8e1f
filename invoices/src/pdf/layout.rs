//! Which rows of the table are on which page.

use std::ops::Range;

/// The room for rows on the pages, points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// On the first page.
    pub first: f32,
    /// On each other page.
    pub other: f32,
    /// What the totals below the last row need.
    pub totals: f32,
}

/// The rows of each page, from their heights. The totals fit below the last row; if need be on a page of their own.
#[must_use]
pub(super) fn pages(heights: &[f32], room: Room) -> Vec<Range<usize>> {
    let mut pages = Vec::new();
    let (mut start, mut left) = (0, room.first);
    for (row, height) in heights.iter().enumerate() {
        if *height > left && row > start {
            pages.push(start..row);
            (start, left) = (row, room.other);
        }
        left -= height;
    }
    pages.push(start..heights.len());
    if left < room.totals {
        pages.push(heights.len()..heights.len());
    }
    pages
}

#[cfg(test)]
#[path = "tests/layout.rs"]
mod tests;
