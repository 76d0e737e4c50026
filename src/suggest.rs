//! "Did you mean …": the known name nearest to a mistyped one.

/// The name that `wanted` most likely means; `None` only if there are no names.
///
/// A name that contains `wanted` beats all others, then the number of edits decides, ignoring case.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    names.into_iter().min_by_key(|name| {
        let name = name.to_lowercase();
        let contains = !wanted.is_empty() && name.contains(&wanted);
        (!contains, strsim::damerau_levenshtein(&wanted, &name))
    })
}

/// The end of a sentence that asks for the nearest name: `, did you mean "conv2d"?`; nothing without names.
pub fn hint<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, names).map(|name| format!(", did you mean \"{name}\"?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["conv2d", "conv_transpose", "softmax", "matmul"];

    #[test]
    fn typing_errors_find_their_name() {
        for (wanted, want) in [
            ("cnov2d", "conv2d"),
            ("SoftMax", "softmax"),
            ("sofmax", "softmax"),
            ("transpose", "conv_transpose"),
            ("mtmul", "matmul"),
        ] {
            assert_eq!(nearest(wanted, NAMES), Some(want), "{wanted}");
        }
    }

    #[test]
    fn without_names_there_is_none() {
        assert_eq!(nearest("x", []), None);
    }
}
