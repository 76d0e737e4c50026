//! The families in one table.

use super::row::{Recorder, Row};
use super::{
    attention, elementwise, layout, linear, loss, norm, recurrent, reduce, shape, spatial, training,
};

const TRAINING: &str = "ai.onnx.preview.training";

static FAMILIES: &[(&str, &[Row])] = &[
    ("", attention::ROWS),
    ("", elementwise::ROWS),
    ("", layout::ROWS),
    ("", linear::ROWS),
    ("", loss::ROWS),
    ("", norm::ROWS),
    ("", recurrent::ROWS),
    ("", reduce::ROWS),
    ("", shape::ROWS),
    ("", spatial::ROWS),
    ("", training::ROWS),
    (TRAINING, training::OPTIMISERS),
];

/// Whether a domain is one of ONNX itself that Glassbox knows.
pub fn is_standard(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx" | TRAINING)
}

/// What records an operator.
pub fn find(domain: &str, name: &str) -> Option<Recorder> {
    let domain = if domain == "ai.onnx" { "" } else { domain };
    let rows = FAMILIES.iter().filter(|family| family.0 == domain).flat_map(|family| family.1);
    rows.into_iter().find(|row| row.0 == name).map(|row| row.1)
}

/// Names of all operators, sorted.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = FAMILIES.iter().flat_map(|family| family.1).map(|row| row.0).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operator_stands_once() {
        let names = names();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        assert!(find("", "Conv").is_some() && find("ai.onnx", "Conv").is_some());
        assert!(find("com.example", "Conv").is_none() && find("", "Adam").is_none());
    }
}
