use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_text_is_kept_whole_or_cut_between_characters(text in "\\PC{0,60}", max in 3..80_usize) {
        let cut = cut(&text, max);
        prop_assert!(cut.len() <= max);
        if *cut != *text {
            let beginning = cut.strip_suffix(ELLIPSIS).unwrap();
            prop_assert!(text.starts_with(beginning) && text.len() > max);
        }
    }
}
