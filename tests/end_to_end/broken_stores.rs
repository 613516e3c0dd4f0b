//! Stores of a shared cache that fail, are slow, or hold something else: the files come from the index, and the
//! run takes little longer.

use std::time::{Duration, Instant};

use harden_testindex::Fault;

use crate::sandbox::{FOREIGN, Sandbox};
use crate::shared_files::{APP, Fleet, LIB, WORLD};

/// What becomes of a file.
type Change = Box<dyn Fn(&[u8]) -> Vec<u8>>;

#[test]
fn a_wrong_object_is_thrown_away_and_replaced() {
    let fleet = Fleet::new(WORLD);
    fleet.new_machine("-q").good();
    let good = fleet.stored();
    let other = good[APP].clone();
    let changes: Vec<(&str, Change)> = vec![
        (
            "flipped",
            Box::new(|whole| {
                let mut flipped = whole.to_vec();
                flipped[whole.len() / 2] ^= 1;
                flipped
            }),
        ),
        ("cut", Box::new(|whole| whole[..whole.len() / 2].to_vec())),
        ("empty", Box::new(|_| Vec::new())),
        ("longer", Box::new(|whole| [whole, b"x"].concat())),
        (
            "another",
            Box::new(move |whole| {
                if whole == other {
                    b"other".to_vec()
                } else {
                    other.clone()
                }
            }),
        ),
    ];
    for (what, change) in changes {
        fleet.spoil(change);
        let outcome = fleet.new_machine("");
        assert_eq!(outcome.code, Some(0), "{what} {outcome}");
        let told = "has a wrong object, which is thrown away: v1/files/";
        assert_eq!(outcome.stderr.matches(told).count(), 2, "{what} {outcome}");
        fleet.holds(&[APP, LIB]);
        assert!(fleet.stored() == good, "{what}");
    }
}

/// What is larger than the index says is not even begun, where that is known.
#[test]
fn a_huge_object_is_not_read() {
    let fleet = Fleet::new(WORLD);
    fleet.new_machine("-q").good();
    let pages = "--cache-dir ../machine";
    fleet.forget_machine();
    // This machine has locked, so it has pages.
    let locked = format!("loose.txt -p {FOREIGN} -o other.txt {pages}");
    fleet.sandbox.harden(&locked).good();
    fleet.spoil(|_| vec![0; 30 << 20]);
    let outcome = fleet.machine("");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert_eq!(outcome.stderr.matches(": it is too large").count(), 2);
    fleet.holds(&[APP, LIB]);
    assert!(fleet.stored().values().all(|bytes| bytes.len() < 1 << 20));
}

#[test]
fn after_three_wrong_files_no_more_are_read() {
    let lines: Vec<String> = (0..40).map(|number| format!("p{number} 1.0")).collect();
    let names: Vec<String> = (0..40).map(|number| format!("p{number}")).collect();
    let world = format!("app 1.0 requires={}\n{}", names.join(","), lines.join("\n"));
    let fleet = Fleet::new(&world);
    fleet.new_machine("-q").good();
    fleet.spoil(|_| b"wrong".to_vec());
    let outcome = fleet.new_machine("");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let stopped = "no more files are taken from the shared cache s3://bucket/x: 3 were wrong";
    assert!(outcome.stderr.contains(stopped), "{outcome}");
    let read = fleet.asked_store("GET");
    assert!((3..41).contains(&read), "{read}");
    assert_eq!(fleet.sandbox.list("wheelhouse").len(), 41);
}

/// Each is a warning, and the files come from the index; what had come already counts for nothing.
#[test]
fn a_store_that_fails_on_the_way_is_one_warning() {
    let fleet = Fleet::new(WORLD);
    fleet.new_machine("-q").good();
    let long = Duration::from_hours(1);
    // Which of two time-outs is first is not told.
    for (fault, expected) in [
        (Fault::Silent, "no answer within"),
        (Fault::Stall(50_000, long), ""),
        (
            Fault::Trickle(2000, Duration::from_millis(60)),
            "it sends less than 256 KiB/s",
        ),
        (Fault::Cut(50_000), ""),
        (Fault::Closed, "it cannot be reached"),
        (Fault::Status(500), "500"),
        (Fault::Status(403), "the credentials are refused"),
    ] {
        fleet.bucket.heal();
        fleet.bucket.fault(LIB, fault.clone());
        let begun = Instant::now();
        let outcome = fleet.new_machine("");
        let taken = begun.elapsed();
        assert_eq!(outcome.code, Some(0), "{fault:?} {outcome}");
        assert!(taken < Duration::from_secs(20), "{fault:?} {taken:?}");
        let warning = "warning: the shared cache s3://bucket/x is not used any longer: ";
        assert!(outcome.stderr.contains(warning), "{fault:?} {outcome}");
        assert!(outcome.stderr.contains(expected), "{fault:?} {outcome}");
        assert_eq!(outcome.stderr.matches("warning:").count(), 1, "{outcome}");
        fleet.holds(&[APP, LIB]);
    }
}

#[test]
fn a_store_that_takes_nothing_is_no_failure() {
    let fleet = Fleet::new(WORLD);
    fleet.bucket.fault("PUT", Fault::Status(403));
    // Whoever may only read is not told so each time.
    let outcome = fleet.new_machine("");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(!outcome.stderr.contains("warning"), "{outcome}");
    for (fault, expected) in [
        (Fault::Status(500), ": it failed: 500"),
        (
            Fault::Silent,
            ": it is too slow to take all that this run has found",
        ),
    ] {
        fleet.bucket.heal();
        fleet.bucket.fault("PUT", fault);
        let begun = Instant::now();
        let outcome = fleet.new_machine("");
        assert!(begun.elapsed() < Duration::from_secs(20), "{outcome}");
        assert_eq!(outcome.code, Some(0), "{outcome}");
        let warning =
            format!("nothing more is written to the shared cache s3://bucket/x{expected}");
        assert!(outcome.stderr.contains(&warning), "{outcome}");
        fleet.holds(&[APP, LIB]);
        assert!(fleet.stored().is_empty());
    }
}

/// A store that is out of order is asked once, not once for each lock.
#[test]
fn the_locks_of_a_configuration_share_what_is_found_out() {
    let fleet = Fleet::of(Sandbox::new(WORLD));
    let mut config = format!("platforms = ['{FOREIGN}']\nshared-cache = 's3://bucket/x'\n");
    for number in 0..3 {
        fleet.sandbox.write(&format!("l{number}.txt"), "app");
        let lock = format!("[[lock]]\nloose = 'l{number}.txt'\nstrict = 's{number}.txt'\n");
        config.push_str(&lock);
    }
    fleet.sandbox.write("harden.toml", &config);
    fleet
        .with_store(|variables| fleet.sandbox.harden_with(variables, "-q"))
        .good();
    fleet.bucket.fault("/v1/files/", Fault::Status(500));
    let outcome = fleet.new_machine("");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert_eq!(outcome.stderr.matches("warning:").count(), 1, "{outcome}");
}
