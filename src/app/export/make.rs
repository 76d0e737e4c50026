//! Makes what is wanted of the page on screen.

use egui::emath::GuiRounding as _;
use egui::epaint::ClippedShape;
use egui::{Color32, Context, FullOutput, Rect};
use image::RgbaImage;

use super::wanted::{ExportError, Kind, Made, Wanted, file_stem};
use crate::app::shell::{Shell, Wish};
use crate::app::still::{Paints, Piece, Still, still};
use crate::app::svg;
use crate::data::npy::npy_bytes;
use crate::data::png::png;
use crate::data::table::{Table, to_csv};
use crate::gpu::{GpuError, Tensor};
use crate::suggest::hint;
use crate::viz::offer::{Numbers, Offer};
use crate::viz::{Of, theme};

/// Points around a figure that belong to its picture.
const AROUND: f32 = 8.0;
/// Pictures inside a drawing have so many times as many pixels as on screen.
const SHARP: u32 = 2;

/// What is wanted, as a file. Waits for the GPU, which nothing else in a window does.
///
/// # Errors
/// [`ExportError`].
pub fn make(
    shell: &mut Shell,
    ctx: &Context,
    paints: &mut dyn Paints,
    wanted: &Wanted,
) -> Result<Made, ExportError> {
    let topic = shell.page().topic;
    let figure = wanted.figure.as_deref();
    let bytes = match wanted.kind {
        Kind::Png(scale) => png(&picture(shell, ctx, paints, figure, scale)?),
        Kind::Svg => {
            let Cut { output, shapes, offer, rect, ground } = cut(shell, ctx, paints, figure, SHARP)?;
            let mut drawing = svg::drawing(&shapes, rect, ground, output.pixels_per_point);
            let pictures = paints.pieces(shell, ctx, output, drawing.take_pieces())?;
            let title = offer.map_or(topic.title().to_owned(), |o| format!("{}: {}", topic.title(), o.title));
            drawing.finish(&title, &pictures).into_bytes()
        }
        Kind::Csv | Kind::Npy => {
            let known = |offers: &[Offer]| ExportError::Page { page: topic.slug, known: titles(offers) };
            let Still { output, offers, .. } = still(shell, ctx, 1.0);
            paints.pieces(shell, ctx, output, Vec::new())?;
            let title = figure.ok_or_else(|| known(&offers))?;
            numbers(shell, find(topic.slug, title, &offers)?, wanted.kind)?
        }
    };
    Ok(Made::file(format!("{}.{}", file_stem(topic.slug, figure), wanted.kind.ending()), bytes))
}

/// A picture of the page or of one of its figures, with `scale` times as many pixels as on screen.
///
/// # Errors
/// [`ExportError`].
pub fn picture(
    shell: &mut Shell,
    ctx: &Context,
    paints: &mut dyn Paints,
    figure: Option<&str>,
    scale: u32,
) -> Result<RgbaImage, ExportError> {
    let Cut { output, shapes, rect, ground, .. } = cut(shell, ctx, paints, figure, scale)?;
    let mut pictures = paints.pieces(shell, ctx, output, vec![Piece { shapes, rect, ground }])?;
    Ok(pictures.swap_remove(0))
}

/// What a wish for an export comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Served {
    /// These files are to be saved.
    Save(Made),
    /// This goes to the clipboard.
    Copy(String),
    /// Nothing further.
    Done,
}

/// Does what the shell wishes of whoever can paint; what cannot be done becomes a notice.
pub fn serve(shell: &mut Shell, ctx: &Context, paints: &mut dyn Paints, wish: &Wish) -> Served {
    match wish {
        Wish::Export(wanted) => match make(shell, ctx, paints, wanted) {
            Ok(made) if wanted.copied => {
                let copied =
                    made.files.into_iter().next().and_then(|(_, bytes)| String::from_utf8(bytes).ok());
                return copied.map_or(Served::Done, Served::Copy);
            }
            Ok(made) => return Served::Save(made),
            Err(error) => shell.notify(error.to_string()),
        },
        Wish::Capture(figure) => match picture(shell, ctx, paints, figure.as_deref(), 1) {
            Ok(picture) => shell.captured(picture),
            Err(error) => {
                shell.stop_recording();
                shell.notify(error.to_string());
            }
        },
        Wish::Save(made) => return Served::Save(made.clone()),
        Wish::OpenFile => {}
    }
    Served::Done
}

/// A frame cut to what is wanted of it.
struct Cut {
    output: FullOutput,
    shapes: Vec<ClippedShape>,
    offer: Option<Offer>,
    rect: Rect,
    ground: Color32,
}

fn cut(
    shell: &mut Shell,
    ctx: &Context,
    paints: &mut dyn Paints,
    figure: Option<&str>,
    scale: u32,
) -> Result<Cut, ExportError> {
    let page = shell.page().topic.slug;
    let Still { mut output, offers, screen } = still(shell, ctx, scale as f32);
    let offer = match figure.map(|title| find(page, title, &offers)).transpose() {
        Ok(offer) => offer.cloned(),
        Err(error) => {
            // The frame is finished all the same: its textures belong to the next ones too.
            paints.pieces(shell, ctx, output, Vec::new())?;
            return Err(error);
        }
    };
    let shapes = std::mem::take(&mut output.shapes);
    let rect = offer.as_ref().map_or(screen, |offer| offer.rect.expand(AROUND).intersect(screen));
    let rect = rect.round_to_pixels(output.pixels_per_point);
    Ok(Cut { output, shapes, offer, rect, ground: theme::ground(&ctx.global_style().visuals) })
}

fn titles(offers: &[Offer]) -> Vec<String> {
    offers.iter().map(|offer| offer.title.clone()).collect()
}

/// The figure of a title, whatever its letters' case.
fn find<'o>(page: &'static str, title: &str, offers: &'o [Offer]) -> Result<&'o Offer, ExportError> {
    let exact = offers.iter().find(|offer| offer.title == title);
    let alike = || offers.iter().find(|offer| offer.title.to_lowercase() == title.trim().to_lowercase());
    exact.or_else(alike).ok_or_else(|| {
        let known = titles(offers);
        let hint = hint(title, known.iter().map(String::as_str));
        ExportError::Figure { page, title: title.to_owned(), hint, known }
    })
}

fn numbers(shell: &mut Shell, offer: &Offer, kind: Kind) -> Result<Vec<u8>, ExportError> {
    let matrix = || ExportError::Matrix(offer.title.clone());
    match &offer.numbers {
        Numbers::Table(table) => {
            let table = table.as_ref().ok_or_else(matrix)?;
            if kind == Kind::Csv {
                return Ok(table.to_csv().into_bytes());
            }
            let shape = [table.rows.len(), table.names.len()];
            table.matrix().and_then(|values| npy_bytes(&shape, &values)).ok_or_else(matrix)
        }
        Numbers::Map { of, tensor, index, planes, labels } => {
            let values = values(shell, *of, tensor)?;
            let values = values.get(..tensor.len()).ok_or_else(matrix)?;
            match kind {
                Kind::Csv => Ok(map_csv(values, tensor, *index, *planes, labels).into_bytes()),
                _ => npy_bytes(&tensor.shape, values).ok_or_else(matrix),
            }
        }
    }
}

/// A tensor's values as they are now. They have arrived where the shell has waited for them; else the GPU is
/// waited for.
fn values(shell: &mut Shell, of: Of, tensor: &Tensor) -> Result<Vec<f32>, GpuError> {
    let stage = &mut shell.page().stage;
    if let Some(values) = stage.fresh_values(of, tensor.buf) {
        return Ok(values.to_vec());
    }
    stage.session_of(of).map_or(Ok(Vec::new()), |session| session.read(tensor.buf))
}

/// Rows and columns of a map; of one in colours, a line for each pixel.
fn map_csv(
    values: &[f32],
    tensor: &Tensor,
    index: usize,
    planes: usize,
    labels: &[Vec<String>; 2],
) -> String {
    let [h, w] = match tensor.shape[..] {
        [] => [1, 1],
        [w] => [1, w],
        [.., h, w] => [h, w],
    };
    let size = h * w;
    let map = values.chunks_exact((planes * size).max(1)).nth(index).unwrap_or_default();
    if planes == 1 {
        return to_csv(&labels[0], &labels[1], w, map);
    }
    let pixel = |i: usize| {
        let place = [(i / w) as f32 + 1.0, (i % w) as f32 + 1.0];
        place.into_iter().chain((0..planes).map(|plane| map[plane * size + i])).collect()
    };
    let names = ["row", "column", "red", "green", "blue"].into_iter().take(2 + planes);
    Table::numbers(names, (0..map.len() / planes).map(pixel)).to_csv()
}
