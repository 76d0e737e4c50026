//! The output projection of the real layer: what each head adds to a word's output, and what is missing where
//! some are muted.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::data::table::{Cell as Entry, Table};
use crate::exhibits::Problem;
use crate::gpu::{Plan, Tensor};
use crate::models::minilm::Linear;
use crate::ops::binary::{Op, binary};
use crate::ops::layout::transpose;
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::reduce::{Reduce, reduce};
use crate::ops::unary::{Act, activation};
use crate::viz::figures::strokes;
use crate::viz::{offer, theme, words};

/// What heads add to the output.
pub struct Projection {
    /// W_O times each head's output `[HEADS, T, H]`: with the bias, their sum is the output of attention.
    pub added: Tensor,
    /// Euclidean length of each `[HEADS, T]`.
    pub norms: Tensor,
    /// Output with all heads `[T, H]`.
    pub whole: Tensor,
    /// What the muted heads would have added `[T, H]`.
    pub gone: Tensor,
    /// Its length as a share of that of the output with all heads `[T]`.
    pub change: Tensor,
}

/// Euclidean length along the last of so many axes.
fn length(plan: &mut Plan, x: &Tensor) -> Result<Tensor, Problem> {
    let squares = activation(plan, x, Act::SQUARE);
    let sums = reduce(plan, &squares, &[x.shape.len() - 1], Reduce::Sum, false)?;
    Ok(activation(plan, &sums, Act::SQRT))
}

/// Records what each of `muted.len()` heads adds to the output of `context [T, H]`, and what is missing without
/// those that are muted.
pub fn project(
    plan: &mut Plan,
    context: &Tensor,
    projection: &Linear,
    muted: &[bool],
) -> Result<Projection, Problem> {
    let (count, width, heads) = (context.shape[0], context.shape[1], muted.len());
    let each = width / heads;
    let w = plan.constant("W_O", &[width, heads, each], projection.w.clone());
    let b = plan.constant("bias of W_O", &[width], projection.b.clone());
    let w = transpose(plan, &w, &[1, 0, 2])?;
    let context = transpose(plan, &context.view(&[count, heads, each]), &[1, 0, 2])?;
    let added = matmul(plan, &context, &w, None, &Gemm::NT)?;
    plan.name(&added, "what each head adds");
    let norms = length(plan, &added)?;
    plan.name(&norms, "lengths of what each head adds");
    let sum = reduce(plan, &added, &[0], Reduce::Sum, false)?;
    let whole = binary(plan, &sum, &b, Op::Add)?;
    plan.name(&whole, "output projection");
    let marks: Vec<f32> = muted.iter().map(|muted| f32::from(u8::from(*muted))).collect();
    let marks = plan.constant("1 for muted heads", &[1, heads], marks);
    let gone = matmul(plan, &marks, &added.view(&[heads, count * width]), None, &Gemm::NN)?;
    let gone = gone.view(&[count, width]);
    plan.name(&gone, "what muted heads would add");
    let (missing, all) = (length(plan, &gone)?, length(plan, &whole)?);
    let change = binary(plan, &missing, &all, Op::Divide)?;
    plan.name(&change, "change of the output");
    Ok(Projection { added, norms, whole, gone, change })
}

/// What heads add to one word.
pub struct Added<'a> {
    /// Length of each head's part.
    pub norms: &'a [f32],
    /// Which are muted.
    pub muted: &'a [bool],
    /// The head that is enlarged.
    pub head: usize,
    /// By how much of its length the output changes without the muted ones.
    pub change: f32,
}

/// Height of a bar at most, and of the lines below.
const BAR: f32 = 26.0;
const LINE: f32 = 22.0;
const HEAD: f32 = 24.0;
const NUMBER: f32 = 44.0;

/// Draws a bar for each head; gives the head that was clicked.
pub fn bars(ui: &mut Ui, rect: Rect, of: &Added<'_>) -> Option<usize> {
    const NAME: &str = "What each head adds to the output";
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with("projection"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, NAME));
    offer::table(ui, NAME, rect, || {
        let row = |i: usize| {
            let muted = if of.muted[i] { "muted" } else { "" };
            vec![Entry::Number((i + 1) as f32), Entry::Number(of.norms[i]), Entry::Text(muted.into())]
        };
        Table { rows: (0..of.norms.len()).map(row).collect(), ..Table::new(["head", "length", "muted"]) }
    });
    let step = ((rect.height() - LINE) / of.norms.len().max(1) as f32).min(BAR).floor();
    let most = of.norms.iter().copied().fold(1e-6_f32, f32::max);
    for (i, norm) in of.norms.iter().enumerate() {
        let row =
            Rect::from_min_size(pos2(rect.left(), rect.top() + i as f32 * step), vec2(rect.width(), step));
        let ink = if i == of.head { c.blue } else { c.text };
        let name = row.with_max_x(row.left() + HEAD);
        words::write(ui, name, Align2::LEFT_CENTER, &(i + 1).to_string(), theme::semibold(12.0), ink);
        let room = Rect::from_min_max(
            pos2(name.right(), row.top() + 2.0),
            pos2(row.right() - NUMBER, row.bottom() - 2.0),
        );
        let bar = room.with_max_x(room.left() + (room.width() * norm / most).max(1.0));
        if of.muted[i] {
            strokes::hatch(ui.painter(), bar, c.pad);
            strokes::dashed(ui.painter(), bar.shrink(0.5), c.pad);
        } else {
            ui.painter().rect_filled(bar, theme::RADIUS_BAR, if i == of.head { c.blue } else { c.dim });
        }
        let number = row.with_min_x(row.right() - NUMBER + 4.0);
        let text = if of.muted[i] { "muted".to_owned() } else { words::short((*norm).into()) };
        words::write(ui, number, Align2::RIGHT_CENTER, &text, theme::small(), c.dim);
    }
    let line = rect.with_min_y(rect.bottom() - LINE);
    let silent = of.muted.iter().filter(|muted| **muted).count();
    let (text, ink) = match silent {
        0 => ("click a bar to mute its head".to_owned(), c.faint),
        _ => (format!("the output changes by {}", words::percent(of.change.into())), c.focus_text),
    };
    words::write(ui, line, Align2::LEFT_CENTER, &text, theme::control(), ink);
    if !response.clicked() {
        return None;
    }
    let at = (response.interact_pointer_pos()?.y - rect.top()) / step;
    (at >= 0.0).then_some(at as usize).filter(|i| *i < of.norms.len())
}
