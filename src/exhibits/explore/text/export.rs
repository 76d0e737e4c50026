//! Matrices to files and to the clipboard: what is shown, as NumPy array and as table.

use std::path::{Path, PathBuf};

use egui::{RichText, Ui};

use super::focus::Focus;
use super::recorded::Recorded;
use crate::choices;
use crate::data::npy::write_npy;
use crate::data::table::to_csv;
use crate::files::write_whole;
use crate::gpu::Tensor;
use crate::settings::Choice;
use crate::viz::{View, theme};

choices! {
    /// What can be exported, of the layer and head that are enlarged.
    pub enum Matrices {
        /// The attention weights.
        Weights = "attention weights",
        /// The scores q·k.
        Scores = "scores q·k",
        /// The scaled scores.
        Scaled = "scaled scores",
        /// The queries.
        Queries = "queries",
        /// The keys.
        Keys = "keys",
        /// The values.
        Values = "values",
        /// The weights · values.
        Mixed = "weights · values",
        /// The layer output.
        Output = "layer output",
        /// The embedding.
        Embedding = "embedding",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Files,
    Clipboard,
}

/// Settings of the export, and what it has done.
#[derive(Default)]
pub struct Export {
    /// Which matrix.
    pub matrix: Matrices,
    /// Where files go; the downloads if it is empty.
    pub folder: String,
    /// Asked for; done as soon as the numbers have arrived.
    wanted: Option<To>,
    /// What was done last.
    said: Option<Result<String, String>>,
}

/// A matrix with names for its rows and columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Name of its file, without extension.
    pub stem: String,
    /// Names of the rows.
    pub rows: Vec<String>,
    /// Names of the columns; numbered where there are none.
    pub columns: Vec<String>,
    /// Rows and columns.
    pub shape: [usize; 2],
    /// Row after row.
    pub values: Vec<f32>,
}

impl Export {
    /// Draws the buttons, and what became of the last click.
    pub fn buttons(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            let name = self.matrix.name();
            let mut button = |text: String, hover: &str, to: To| {
                if ui.button(RichText::new(text).small()).on_hover_text(hover).clicked() {
                    self.wanted = Some(to);
                    ui.ctx().request_repaint();
                }
            };
            button(
                format!("Save {name}"),
                "As .npy and as .csv; choose the matrix in the settings",
                To::Files,
            );
            button("Copy as CSV".into(), "For a spreadsheet", To::Clipboard);
        });
        let (text, color) = match &self.said {
            None => (&format!("Files go to {}", shown(&folder(&self.folder))), theme::faint(ui.visuals())),
            Some(Ok(done)) => (done, theme::faint(ui.visuals())),
            Some(Err(problem)) => (problem, theme::accent_text(ui.visuals())),
        };
        ui.add(egui::Label::new(RichText::new(text).small().color(color)).wrap().selectable(true));
    }

    /// Does what was asked for once the numbers are there.
    pub fn advance(&mut self, ui: &Ui, view: &mut View<'_>, recorded: &Recorded, focus: Focus) {
        let Some(to) = self.wanted else { return };
        let Some(matrix) = matrix(view, recorded, focus, self.matrix) else { return };
        self.wanted = None;
        self.said = Some(match to {
            To::Files => save(&matrix, &folder(&self.folder)),
            To::Clipboard => {
                ui.ctx().copy_text(matrix.csv());
                Ok(format!("Copied {} rows and {} columns.", matrix.shape[0], matrix.shape[1]))
            }
        });
    }
}

impl Matrix {
    fn csv(&self) -> String {
        to_csv(&self.rows, &self.columns, self.shape[1], &self.values)
    }
}

/// The matrix that is chosen, once its numbers have arrived.
fn matrix(view: &mut View<'_>, recorded: &Recorded, focus: Focus, which: Matrices) -> Option<Matrix> {
    let Focus { layer, head, .. } = focus;
    let tensors = recorded.layer(layer);
    let tokens = &recorded.first.labels;
    let count = tokens.len();
    let stages = &tensors.attention;
    let of_head = format!("layer-{}-head-{}", layer + 1, head + 1);
    let whole = |tensor: &Tensor| [0, 0, tensor.len() / count, tensor.len() / count];
    // Where a row of the matrix begins in its map's first row, the map, and both widths.
    let of_tokens = |name: &str| (format!("{of_head}-{name}"), [head * count, 0, count, count]);
    let of_width = |tensor: &Tensor, name: &str| {
        let d = recorded.head_size;
        (format!("{of_head}-{name}"), [0, head * d, d, tensor.len() / count])
    };
    let (tensor, (name, [first, start, columns, width])) = match which {
        Matrices::Weights => (&stages.probabilities, of_tokens("attention")),
        Matrices::Scores => (&stages.scores, of_tokens("scores")),
        Matrices::Scaled => (&stages.masked, of_tokens("scaled-scores")),
        Matrices::Queries => (&tensors.q, of_width(&tensors.q, "queries")),
        Matrices::Keys => (&tensors.k, of_width(&tensors.k, "keys")),
        Matrices::Values => (&tensors.v, of_width(&tensors.v, "values")),
        Matrices::Mixed => (&tensors.context, of_width(&tensors.context, "output")),
        Matrices::Output => {
            (&tensors.hidden, (format!("layer-{}-output", layer + 1), whole(&tensors.hidden)))
        }
        Matrices::Embedding => {
            let sentence = &recorded.first.shown.sentence;
            (sentence, ("embedding".to_owned(), [0, 0, sentence.len(), sentence.len()]))
        }
    };
    let all = view.fresh_values(tensor)?;
    let rows = if which == Matrices::Embedding { 1 } else { count };
    let values =
        (0..rows).flat_map(|row| all[(first + row) * width + start..][..columns].iter().copied()).collect();
    Some(Matrix {
        stem: name,
        rows: if rows == 1 { vec!["sentence".into()] } else { tokens.clone() },
        columns: if columns == count && width == count { tokens.clone() } else { Vec::new() },
        shape: [rows, columns],
        values,
    })
}

/// Where files go: the folder that is named, or the downloads, or where the program was started.
fn folder(named: &str) -> PathBuf {
    if !named.trim().is_empty() {
        return PathBuf::from(named.trim());
    }
    let downloads = directories::UserDirs::new().and_then(|dirs| dirs.download_dir().map(Path::to_owned));
    downloads.filter(|dir| dir.is_dir()).unwrap_or_else(|| PathBuf::from("."))
}

/// Writes both files under a name that is free, and says where.
fn save(matrix: &Matrix, folder: &Path) -> Result<String, String> {
    let taken =
        |stem: &String| ["npy", "csv"].iter().any(|kind| folder.join(format!("{stem}.{kind}")).exists());
    let names = (1..).map(|n| if n == 1 { matrix.stem.clone() } else { format!("{}-{n}", matrix.stem) });
    let stem = names.into_iter().find(|stem| !taken(stem)).unwrap_or_default();
    std::fs::create_dir_all(folder)
        .map_err(|e| format!("The folder cannot be made ({e}), choose another: {}.", folder.display()))?;
    write_npy(folder.join(format!("{stem}.npy")), &matrix.shape, &matrix.values)
        .map_err(|e| e.to_string())?;
    let csv = folder.join(format!("{stem}.csv"));
    write_whole(&csv, matrix.csv())
        .map_err(|e| format!("The table cannot be written ({e}): {}.", csv.display()))?;
    Ok(format!("Saved {stem}.npy and {stem}.csv in {}.", shown(folder)))
}

/// A folder as the user would look for it.
fn shown(folder: &Path) -> String {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    whole.components().collect::<PathBuf>().display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::npy::read_npy;

    #[test]
    fn files_hold_the_matrix_and_replace_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let names = |n: &[&str]| n.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut matrix = Matrix {
            stem: "layer-1-head-2-keys".into(),
            rows: names(&["cat", ","]),
            columns: Vec::new(),
            shape: [2, 3],
            values: vec![0.5, -1.0, 3.0, 0.25, 1e-7, 9.0],
        };
        let said = save(&matrix, dir.path()).unwrap();
        assert!(
            said.contains("layer-1-head-2-keys.npy") && said.contains(dir.path().to_str().unwrap()),
            "{said}"
        );
        let back = read_npy(dir.path().join("layer-1-head-2-keys.npy")).unwrap();
        assert_eq!((back.shape.as_slice(), &back.values), (&[2, 3][..], &matrix.values));
        matrix.values[0] = 7.0;
        assert!(save(&matrix, dir.path()).unwrap().contains("keys-2.npy"));
        assert_eq!(read_npy(dir.path().join("layer-1-head-2-keys.npy")).unwrap().values[0], 0.5);
        let csv = std::fs::read_to_string(dir.path().join("layer-1-head-2-keys-2.csv")).unwrap();
        assert_eq!(csv, ",1,2,3\ncat,7,-1,3\n\",\",0.25,0.0000001,9\n");
        let file = dir.path().join("layer-1-head-2-keys.npy");
        assert!(save(&matrix, &file).unwrap_err().contains("choose another"));
    }
}
