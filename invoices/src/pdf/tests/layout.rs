use proptest::prelude::*;

use super::*;

const ROOM: Room = Room { first: 300.0, other: 600.0, totals: 40.0 };

/// The first row of each page, and the one after its last.
fn bounds(heights: &[f32]) -> Vec<(usize, usize)> {
    pages(heights, ROOM).into_iter().map(|page| (page.start, page.end)).collect()
}

#[test]
fn few_rows_are_on_one_page_with_the_totals() {
    assert_eq!(bounds(&[16.0]), [(0, 1)]);
    assert_eq!(bounds(&[16.0; 16]), [(0, 16)]);
}

#[test]
fn totals_without_room_below_the_last_row_get_a_page_of_their_own() {
    assert_eq!(bounds(&[16.0; 18]), [(0, 18), (18, 18)]);
}

#[test]
fn many_rows_go_on_on_further_pages() {
    assert_eq!(bounds(&[16.0; 19]), [(0, 18), (18, 19)]);
    assert_eq!(bounds(&[16.0; 60]), [(0, 18), (18, 55), (55, 60)]);
}

proptest! {
    #[test]
    fn each_row_is_on_one_page_in_order_and_fits(heights in proptest::collection::vec(16.0_f32..300.0, 1..100)) {
        let pages = pages(&heights, ROOM);
        let mut next = 0;
        for (number, page) in pages.iter().enumerate() {
            prop_assert_eq!(page.start, next);
            next = page.end;
            let room = if number == 0 { ROOM.first } else { ROOM.other };
            prop_assert!(heights[page.clone()].iter().sum::<f32>() <= room + 0.1);
        }
        prop_assert_eq!(next, heights.len());
    }
}
