use super::*;

/// The vectors of Kafka's own `UtilsTest.testMurmur2`.
#[test]
fn the_hash_is_javas() {
    for (key, hash) in [
        ("21", -973_932_308_i32),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ("abc", 479_470_107),
    ] {
        assert_eq!(murmur2(key.as_bytes()).cast_signed(), hash, "{key}");
    }
}

#[test]
fn a_partition_is_in_range_and_the_empty_cluster_has_none() {
    for partitions in 1..50 {
        assert!((0..partitions).contains(&partition(b"foobar", partitions)));
    }
    assert_eq!(partition(b"foobar", 0), 0);
}
