//! `glassbox train` from outside.

use super::{glassbox, json, keys, passes_by, stderr};

#[test]
fn training_reports_repeats_itself_saves_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (csv, saved, views) = (file("curve.csv"), file("c.safetensors"), file("views"));
    let whole = glassbox(&["train", "spiral", "--steps", "30", "--csv", &csv, "--json", "-o", &views]);
    if passes_by(&whole) {
        return;
    }
    assert_eq!(whole.status.code(), Some(0), "{whole:?}");
    let report = json(&whole);
    for key in ["recipe", "steps", "loss_first", "loss_last", "accuracy", "seconds"] {
        assert!(keys(&report).contains(&key), "{key}: {report}");
    }
    assert_eq!((&report["recipe"], &report["steps"]), (&"spiral".into(), &30.into()));
    let curve = std::fs::read_to_string(&csv).unwrap();
    let rows: Vec<&str> = curve.lines().collect();
    assert_eq!((rows.len(), rows[0]), (31, "step,loss,accuracy,gradient_norm"));
    assert!(folder.path().join("views/logits.npy").exists());

    // In two parts, with a file between them.
    let first = glassbox(&["train", "spiral", "--steps", "12", "--save", &saved, "--csv", &csv]);
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    let head = std::fs::read_to_string(&csv).unwrap();
    let second = glassbox(&["train", "spiral", "--steps", "30", "--load", &saved, "--csv", &csv]);
    assert_eq!(second.status.code(), Some(0), "{second:?}");
    let tail = std::fs::read_to_string(&csv).unwrap();
    let joined: Vec<&str> = head.lines().chain(tail.lines().skip(1)).collect();
    assert_eq!(joined, rows);

    let nothing = glassbox(&["train", "spiral", "--steps", "5", "--load", &saved]);
    let said = stderr(&nothing);
    assert!(said.contains("has 12 steps already") && !said.contains("vanished"), "{said}");

    let other = glassbox(&["train", "fashion-mlp", "--load", &saved]);
    assert_eq!(other.status.code(), Some(1));
    assert!(stderr(&other).contains("saved by the recipe spiral"), "{}", stderr(&other));
}

#[test]
fn what_cannot_work_is_said_before_the_training() {
    for (args, says) in [
        (&["train", "spirale"][..], "spiral"),
        (&["train", "spiral", "--lr", "0"], "--lr"),
        (&["train", "spiral", "--batch", "1000000"], "900"),
        (&["train", "spiral", "--save", "no/such/folder/c.safetensors"], "no/such/folder"),
        (&["train", "spiral", "--load", "nowhere.safetensors"], "nowhere.safetensors"),
        (&["train", "fashion-mlp", "--data", "nowhere"], "nowhere"),
    ] {
        let output = glassbox(args);
        if passes_by(&output) {
            return;
        }
        assert!(matches!(output.status.code(), Some(1 | 2)), "{args:?}: {output:?}");
        assert!(stderr(&output).contains(says), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn a_network_that_blows_up_is_stopped_and_named() {
    let output = glassbox(&["train", "fashion-mlp", "--init-scale", "1e30", "--steps", "2000"]);
    if passes_by(&output) {
        return;
    }
    let said = stderr(&output);
    assert!(said.contains("no number any more") && said.contains("NaN or infinite"), "{said}");
}
