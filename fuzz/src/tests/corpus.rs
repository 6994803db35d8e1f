use super::*;

#[test]
fn a_kept_input_is_read_with_the_others_and_kept_once() {
    let folder = std::env::temp_dir().join(format!("corpus-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a-valid-one"), "{}").unwrap();
    let kept = keep(&folder, b"\xff");
    assert_eq!(keep(&folder, b"\xff"), kept);
    assert!(kept.starts_with(&folder));
    assert_eq!(read(&folder), [b"{}".to_vec(), b"\xff".to_vec()]);
    fs::remove_dir_all(&folder).unwrap();
    let elsewhere = keep(&folder, b"\xff");
    assert_eq!(fs::read(&elsewhere).unwrap(), b"\xff");
    fs::remove_file(elsewhere).unwrap();
}
