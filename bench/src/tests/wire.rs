use super::*;

#[test]
fn a_binary_position_in_a_message_of_ten_or_more_takes_sixteen_bytes_at_most() -> Result<()> {
    for seed in 0..5 {
        for (form, [one, ten, hundred]) in figures(seed)? {
            let largest = ten.max(hundred);
            assert!(
                !form.starts_with("binary") || (10.0..=TARGET).contains(&largest),
                "{form}: {largest}, seed {seed}"
            );
            assert!(one > 10.0, "{form}: {one}, seed {seed}");
        }
    }
    Ok(())
}
