//! What is drawn of the types of pooling beside the layer at work: their answers for one window, and their
//! maps on one range.

use egui::{Rect, Ui};

use super::pooled::{Kind, Peaks};
use crate::gpu::Tensor;
use crate::settings::Choice;
use crate::viz::figures::bars::{Share, classes};
use crate::viz::figures::fit::Cell;
use crate::viz::figures::page::label;
use crate::viz::{Look, MapStyle, Part, Range, View, words};

/// Cells a side of which a picture of the strip shows no more, where the whole would be too fine.
const CROP: usize = 64;

/// The answers of all types for one window, as bars; gives the type that was clicked.
pub fn results(ui: &mut Ui, rect: Rect, names: &[String], values: &[f32], chosen: Kind) -> Option<Kind> {
    let most = values.iter().fold(1e-12_f32, |m, v| m.max(v.abs()));
    let texts: Vec<String> = values.iter().map(|v| words::short((*v).into())).collect();
    let rows: Vec<Share<'_>> = names
        .iter()
        .zip(values)
        .zip(&texts)
        .zip(Kind::ALL)
        .map(|(((name, value), text), kind)| Share {
            name,
            share: value.abs() / most,
            was: None,
            value: text,
            chosen: *kind == chosen,
        })
        .collect();
    classes(ui, rect, &rows).and_then(|i| Kind::ALL.get(i).copied())
}

/// The maps of all types, and of the two that see the whole map.
pub struct Strip<'a> {
    /// Those of windows, in the order of [`Kind`], and the global ones.
    pub maps: [&'a [Tensor]; 2],
    /// Names of the first.
    pub names: &'a [String],
    /// How they are drawn.
    pub look: Look,
    /// The range that they share.
    pub range: Range,
    /// What is enlarged.
    pub chosen: Kind,
}

impl Strip<'_> {
    /// Draws them into `cells`; gives the type that was clicked.
    pub fn draw(
        &self,
        ui: &mut Ui,
        view: &mut View<'_>,
        title: Rect,
        cells: &[Cell],
        peaks: Option<&Peaks>,
    ) -> Option<Kind> {
        words::panel_name(ui, title, "Every type on one range", "peaks below; Lp, a sum, may go beyond it");
        let [pooled, global] = self.maps;
        let names = self.names.iter().map(String::as_str).chain(["All: max", "All: mean"]);
        let mut clicked = None;
        for (i, ((map, name), cell)) in pooled.iter().chain(global).zip(names).zip(cells).enumerate() {
            let kind = Kind::ALL.get(i).copied();
            let mut style =
                MapStyle::panel(name, "", self.look).range(self.range.clone()).untitled().stretched();
            let side = map.shape[2].min(map.shape[3]);
            if side as f32 > cell.rect.width() {
                let size = side.min(CROP);
                style = style.part(Part { start: [(side - size) / 2; 2], size: [size; 2] });
            }
            if kind.is_some() {
                style = style.to_choose();
            }
            let drawn = view.panel(ui, cell, map, 0, &style);
            if drawn.response.clicked() {
                clicked = clicked.or(kind);
            }
            let value = peaks.map(|Peaks(all)| match i {
                4 => all[0].most,
                5 => all[0].mean,
                i => all[i + 1].most,
            });
            label(ui, cell, name, &value.map(words::short).unwrap_or_default(), kind == Some(self.chosen));
        }
        clicked
    }
}
