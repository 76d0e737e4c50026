//! On starts with zeros.

use std::collections::BTreeSet;

use super::{asked, given, numbers};

#[test]
fn zero_init() {
    let mut complaints = Vec::new();
    let mut kinds = BTreeSet::new();
    for question in asked("zero-init") {
        let (ask, n) = (&question.ask, numbers(&question.ask));
        let (kind, want) = if ask.contains("distinct hidden units") {
            // Units, constant, perhaps how many have noise, steps.
            let odd = if ask.contains("had noise") { n[2] } else { 0.0 };
            ("distinct", vec![odd + 1.0])
        } else if ask.contains("of one hidden weight") {
            // x, units, the 2 of the square is raised; t.
            let t = n[2];
            let out = if ask.contains("sigmoid") { 0.5 } else { 0.0 };
            ("zeros", vec![-2.0 * t, -2.0 * t * out, 0.0])
        } else if ask.contains("each hidden weight") {
            let [count, x, a, b] = [n[0], n[1], n[2], n[3]];
            let y = count * b * a * x;
            ("twins", vec![y, 2.0 * y * b * x])
        } else {
            let size = |units: f64| units * (n[0] + 1.0) + units + 1.0;
            ("sizes", vec![size(n[1]), size(1.0)])
        };
        kinds.insert(kind);
        let have = given(&question.answer);
        let close = want.len() == have.len() && want.iter().zip(&have).all(|(a, b)| (a - b).abs() < 1e-3);
        if !close {
            complaints.push(format!("{ask} is {want:?}, not {have:?}"));
        }
    }
    super::super::none(&complaints);
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}
