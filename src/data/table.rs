//! Tables as comma-separated text (RFC 4180), for spreadsheets.

/// A matrix as CSV: a header with the columns' names behind an empty cell, then a line for each row
/// with its name first. Numbers are as short as they can be read back exactly.
///
/// Rows or columns without a name are numbered from 1; `values` holds the rows one after the other,
/// `columns` values each.
#[must_use]
pub fn to_csv(row_names: &[String], column_names: &[String], columns: usize, values: &[f32]) -> String {
    let name = |names: &[String], i: usize| names.get(i).map_or((i + 1).to_string(), |n| quoted(n));
    let mut csv = String::new();
    for column in 0..columns {
        csv.push(',');
        csv.push_str(&name(column_names, column));
    }
    csv.push('\n');
    for (row, values) in values.chunks(columns.max(1)).enumerate() {
        csv.push_str(&name(row_names, row));
        for value in values {
            csv.push_str(&format!(",{value}"));
        }
        csv.push('\n');
    }
    csv
}

/// A cell; quoted where it would be taken for several.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_commas_are_quoted_and_numbers_come_back() {
        let names = |n: &[&str]| n.iter().map(ToString::to_string).collect::<Vec<_>>();
        let values = [0.1, -2.0, 1e-7, 3.0];
        let csv = to_csv(&names(&["cat", ","]), &names(&["\"", "x"]), 2, &values);
        assert_eq!(csv, ",\"\"\"\",x\ncat,0.1,-2\n\",\",0.0000001,3\n");
        assert_eq!(to_csv(&[], &[], 1, &[5.0, 6.0]), ",1\n1,5\n2,6\n");
    }
}
