//! `glassbox soak` from outside.

use super::{glassbox, json, keys, passes_by, stderr};

#[test]
fn a_random_user_does_things_and_is_reported() {
    let ran = glassbox(&["soak", "--minutes", "0.1", "--seed", "3", "--json"]);
    if passes_by(&ran) {
        return;
    }
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
    let report = json(&ran);
    for key in
        ["actions", "pages", "panics", "validation_errors", "devices_lost", "rss_mb_first", "rss_mb_last"]
    {
        assert!(keys(&report).contains(&key), "{key}: {report}");
    }
    assert!(report["actions"].as_u64() > Some(0), "{report}");
    assert_eq!(report["faults"].as_array().map(Vec::len), Some(0), "{report}");
    let refused = glassbox(&["soak", "--minutes", "0"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("expected minutes"), "{}", stderr(&refused));
}
