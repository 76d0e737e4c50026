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

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A name.
    Text(String),
    /// A number.
    Number(f32),
    /// Nothing was measured there.
    Empty,
}

/// Named columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub names: Vec<String>,
    /// Rows of as many cells as there are names.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// A column of numbers beside a name or a place for each row.
    #[must_use]
    pub fn numbers<T: Into<String>>(
        names: impl IntoIterator<Item = T>,
        rows: impl IntoIterator<Item = Vec<f32>>,
    ) -> Self {
        let rows = rows.into_iter().map(|row| row.into_iter().map(Cell::Number).collect());
        Self { rows: rows.collect(), ..Self::new(names) }
    }

    /// Curves over one axis: a row for each place that one of them has a value at, in order.
    #[must_use]
    pub fn over(axis: &str, curves: &[(String, &[[f32; 2]])]) -> Self {
        let mut places: Vec<f32> =
            curves.iter().flat_map(|(_, points)| points.iter().map(|p| p[0])).collect();
        places.sort_by(f32::total_cmp);
        places.dedup();
        let names = std::iter::once(axis.to_owned()).chain(curves.iter().map(|(name, _)| name.clone()));
        let mut table = Self::new(names);
        let mut next = vec![0; curves.len()];
        for place in places {
            let mut row = vec![Cell::Number(place)];
            for (at, (_, points)) in next.iter_mut().zip(curves) {
                // They are in the order of their places.
                row.push(match points.get(*at).filter(|point| point[0] == place) {
                    Some(point) => {
                        *at += 1;
                        Cell::Number(point[1])
                    }
                    None => Cell::Empty,
                });
            }
            table.rows.push(row);
        }
        table
    }

    /// As CSV: a header with the names, then a line for each row.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let line = |cells: Vec<String>| cells.join(",") + "\n";
        let cell = |cell: &Cell| match cell {
            Cell::Text(text) => quoted(text),
            Cell::Number(number) => number.to_string(),
            Cell::Empty => String::new(),
        };
        let header = line(self.names.iter().map(|name| quoted(name)).collect());
        self.rows.iter().fold(header, |csv, row| csv + &line(row.iter().map(cell).collect()))
    }

    /// All numbers, row by row; `None` where a cell is a name or empty.
    #[must_use]
    pub fn matrix(&self) -> Option<Vec<f32>> {
        let number = |cell: &Cell| if let Cell::Number(number) = cell { Some(*number) } else { None };
        self.rows.iter().flatten().map(number).collect()
    }
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
    #[test]
    fn curves_share_the_places_that_one_of_them_has() {
        let (a, b) = ([[1.0, 0.5], [2.0, 0.25]], [[0.0, 3.0], [2.0, 4.0]]);
        let table = Table::over("step", &[("A".into(), &a), ("B, unseen".into(), &b)]);
        assert_eq!(table.to_csv(), "step,A,\"B, unseen\"\n0,,3\n1,0.5,\n2,0.25,4\n");
        assert_eq!(table.matrix(), None);
        let full = Table::numbers(["x", "y"], [vec![1.0, 2.0], vec![3.0, 4.0]]);
        assert_eq!(full.matrix(), Some(vec![1.0, 2.0, 3.0, 4.0]));
    }
}
