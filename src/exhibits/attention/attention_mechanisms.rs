//! Attention: scaled dot-product with every stage, self-attention, and all heads of the real first
//! layer of a sentence encoder; or random projections of the same token vectors, whose width d_k
//! can be turned up until the softmax saturates.

use egui::{RichText, Ui, vec2};

use crate::exhibits::inputs::SENTENCE;
use crate::exhibits::{Exhibit, Inputs, Problem, Question};
use crate::gpu::{Plan, Tensor};
use crate::models::Encoder;
use crate::models::encoder::{EncodeError, record_embeddings};
use crate::ops::attention::{AttentionSettings, AttentionStages, attention, attention_stages};
use crate::ops::binary::{Op, binary};
use crate::ops::matmul::{Gemm, matmul};
use crate::ops::norm::layer_norm;
use crate::ops::philox::Rng;
use crate::viz::facts::{facts, grouped};
use crate::viz::{Knob, Knobs, Look, MapStyle, Range, View, theme};

/// Tokens that the page has room for.
const MAX_TOKENS: usize = 32;
const MAX_CHARS: usize = 300;
const D_K: [usize; 7] = [2, 8, 32, 64, 128, 256, 512];

/// The page.
pub struct AttentionMechanisms {
    sentence: String,
    source: usize,
    d_k: usize,
    heads: u32,
    scale: bool,
    mask: usize,
    padding: u32,
    temperature: f32,
    head: u32,
    shown: Option<Shown>,
}

struct Shown {
    real: bool,
    labels: Vec<String>,
    note: Option<String>,
    head: usize,
    heads: usize,
    d_k: usize,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    stages: AttentionStages,
    fused: Tensor,
    /// Σp² of each row: 1 when the softmax has become one-hot.
    concentration: Tensor,
}

impl Default for AttentionMechanisms {
    fn default() -> Self {
        Self {
            sentence: SENTENCE.into(),
            source: 0,
            d_k: 2,
            heads: 1,
            scale: true,
            mask: 0,
            padding: 4,
            temperature: 1.0,
            head: 1,
            shown: None,
        }
    }
}

impl From<EncodeError> for Problem {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::Op(e) => Self::Op(e),
            EncodeError::Model(e) => Self::Input(e.to_string()),
            EncodeError::Mask(e) => Self::Input(e.to_string()),
        }
    }
}

impl AttentionMechanisms {
    /// Queries, keys, values of the real first layer.
    fn real(plan: &mut Plan, x: &Tensor, encoder: &Encoder) -> Result<[Tensor; 3], Problem> {
        let layer = encoder.model.layer(0).map_err(EncodeError::from)?;
        let parts = [("queries", &layer.query), ("keys", &layer.key), ("values", &layer.value)];
        let mut made = Vec::new();
        for (name, linear) in parts {
            let w = plan.constant(name, &[linear.outputs, linear.inputs], linear.w.clone());
            let b = plan.constant(name, &[linear.outputs], linear.b.clone());
            let y = matmul(plan, x, &w, Some(&b), &Gemm::NT)?;
            plan.name(&y, name);
            made.push(y);
        }
        let [q, k, v] = made.try_into().expect("three parts were made");
        Ok([q, k, v])
    }

    /// Random projections of the same vectors to `heads` heads of width `d_k`, each component of
    /// variance 1, so that the scores have variance d_k.
    fn projected(&self, plan: &mut Plan, x: &Tensor, seed: u64) -> Result<[Tensor; 3], Problem> {
        let standard = layer_norm(plan, x, None, 1e-6)?;
        let (inputs, outputs) = (x.shape[1], D_K[self.d_k] * self.heads as usize);
        let mut rng = Rng::new(seed + 77);
        let mut project = |plan: &mut Plan, name: &str| {
            let scale = 1.0 / (inputs as f32).sqrt();
            let w: Vec<f32> = (0..inputs * outputs).map(|_| rng.normal() * scale).collect();
            let w = plan.constant(&format!("random weights of the {name}"), &[inputs, outputs], w);
            let y = matmul(plan, &standard, &w, None, &Gemm::NN)?;
            plan.name(&y, name);
            Ok::<_, Problem>(y)
        };
        Ok([project(plan, "queries")?, project(plan, "keys")?, project(plan, "values")?])
    }
}

impl Exhibit for AttentionMechanisms {
    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::text("sentence", "Sentence", &mut self.sentence, MAX_CHARS).show(k);
        Knob::choice("source", "q, k, v from", &mut self.source, &["real layer", "random weights"])
            .help("The first layer of all-MiniLM-L6-v2, or random projections of the same token vectors")
            .show(k);
        let random = self.source == 1;
        Knob::choice("d_k", "Width d_k", &mut self.d_k, &["2", "8", "32", "64", "128", "256", "512"])
            .help("Channels of a head; the real layer has 32")
            .enabled(random)
            .show(k);
        Knob::int("heads", "Heads", &mut self.heads, 1..=4).enabled(random).show(k);
        let heads = if random { self.heads } else { 12 };
        self.head = self.head.min(heads);
        Knob::int("head", "Enlarged head", &mut self.head, 1..=heads).show(k);
        Knob::switch("scale", "Divide by √d_k", &mut self.scale)
            .help("Without it the scores grow with d_k and the softmax saturates")
            .show(k);
        Knob::float("temperature", "Temperature", &mut self.temperature, 0.1..=8.0)
            .help("Divides the scores: below 1 sharper, above 1 softer")
            .show(k);
        Knob::choice("mask", "Mask", &mut self.mask, &["none", "causal", "padding"]).show(k);
        Knob::int("padding", "Padded tokens", &mut self.padding, 1..=30)
            .help("So many tokens at the end count as padding")
            .enabled(self.mask == 2)
            .show(k);
    }

    fn record(&mut self, plan: &mut Plan, inputs: &Inputs) -> Result<(), Problem> {
        let encoder = inputs.encoder();
        let tokens = encoder
            .tokenizer
            .encode_within(&self.sentence, MAX_TOKENS)
            .map_err(|e| Problem::Input(e.to_string()))?;
        let count = tokens.ids.len();
        let x = record_embeddings(plan, &encoder.model, &tokens)?;
        let real = self.source == 0;
        let (heads, [q, k, v]) = if real {
            (encoder.model.config().heads, Self::real(plan, &x, &encoder)?)
        } else {
            (self.heads as usize, self.projected(plan, &x, inputs.seed)?)
        };
        let valid = match self.mask {
            2 if self.padding as usize >= count => {
                return Err(Problem::Input(format!(
                    "all {count} tokens would be padding: lower the padded tokens below {count}"
                )));
            }
            2 => Some(count - self.padding as usize),
            _ => None,
        };
        let settings = AttentionSettings {
            heads,
            scale: (!self.scale).then_some(1.0),
            causal: self.mask == 1,
            valid,
            temperature: self.temperature,
        };
        let stages = attention_stages(plan, &q, &k, &v, &settings)?;
        plan.name(&stages.probabilities, "attention weights");
        let fused = if q.shape[1] / heads <= crate::ops::attention::MAX_HEAD {
            attention(plan, &q, &k, &v, &settings)?
        } else {
            stages.output.clone()
        };
        let p = &stages.probabilities;
        let squares = binary(plan, p, p, Op::Multiply)?;
        let ones = plan.constant("ones", &[count, 1], vec![1.0; count]);
        let rows = squares.view(&[heads * count, count]);
        let concentration = matmul(plan, &rows, &ones, None, &Gemm::NN)?;
        plan.name(&concentration, "sum of squared weights");
        self.shown = Some(Shown {
            real,
            note: tokens.cut.map(|c| c.to_string()),
            labels: tokens.texts,
            head: (self.head as usize).min(heads) - 1,
            heads,
            d_k: q.shape[1] / heads,
            q,
            k,
            v,
            stages,
            fused,
            concentration,
        });
        Ok(())
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(shown) = &self.shown else { return };
        let count = shown.labels.len();
        let slope = view.stage.values(shown.concentration.buf).map(|sums| {
            let own = &sums[shown.head * count..(shown.head + 1) * count];
            1.0 - own.iter().sum::<f32>() / count as f32
        });
        let multiply_adds = (2 * count * count * shown.d_k * shown.heads) as u64;
        let bytes = (count * count * shown.heads * 4) as u64;
        facts(
            ui,
            &[
                ("Tokens", count.to_string()),
                ("Heads × d_k", format!("{} × {}", shown.heads, shown.d_k)),
                ("Multiply-adds", grouped(multiply_adds)),
                ("Score matrices", format!("{} bytes", grouped(bytes))),
                ("Softmax slope 1 − Σp²", slope.map_or("…".into(), |s| format!("{s:.3}"))),
                ("Fused kernel differs by", fused_difference(view, shown)),
            ],
        );
        if let Some(note) = &shown.note {
            ui.label(RichText::new(note).small().color(theme::accent_text(ui.visuals())));
        }
        if slope.is_some_and(|s| s < 0.02) {
            let text = "The softmax has become one-hot: its slope, and with it the gradient, is about 0.";
            ui.label(RichText::new(text).small().color(theme::accent_text(ui.visuals())));
        }
        ui.add_space(4.0);
        let width = ui.available_width();
        let height = ui.available_height();
        let chain = ((width - 3.0 * theme::GAP) / 4.0).min(height * 0.26).max(90.0);
        let top = (height - chain - 166.0).clamp(150.0, width * 0.52);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            let clicked = heads(ui, view, shown, width * 0.46, top);
            if let Some(head) = clicked {
                self.head = head as u32 + 1;
            }
            let title = format!("Head {}: row = query, column = key", shown.head + 1);
            let style = MapStyle::new(&title, Look::Sequential, top + 20.0)
                .size(vec2(ui.available_width() - 70.0, top + 20.0))
                .labels(&shown.labels, &shown.labels);
            view.map(ui, &shown.stages.probabilities, shown.head, style);
        });
        ui.add_space(6.0);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            let stages = &shown.stages;
            let scaled = if self.scale { "÷ √d_k, masked" } else { "not scaled, masked" };
            let chain_maps = [
                ("q·k", &stages.scores, Look::Diverging),
                (scaled, &stages.masked, Look::Diverging),
                ("softmax", &stages.probabilities, Look::Sequential),
            ];
            for (i, (title, tensor, look)) in chain_maps.into_iter().enumerate() {
                let title = format!("{}. {title}", i + 1);
                let mut style = MapStyle::new(&title, look, chain);
                if self.mask != 0 && i == 1 {
                    // What is masked stands at -3e38; the others would all look alike beside it.
                    style = style.range(Range::Fixed(-8.0, 8.0));
                }
                view.map(ui, tensor, shown.head, style);
            }
            ui.vertical(|ui| {
                let wide = ui.available_width() - 4.0;
                let all: [(&str, &Tensor); 4] = [
                    ("queries q, heads side by side", &shown.q),
                    ("keys k", &shown.k),
                    ("values v", &shown.v),
                    ("4. weights · v: the output", &stages.output),
                ];
                let high = ((chain + 34.0) / 4.0 - 20.0).max(12.0);
                for (title, tensor) in all {
                    let style = MapStyle::new(title, Look::Diverging, 0.0).size(vec2(wide, high)).stretched();
                    view.map(ui, tensor, 0, style.without_bar());
                }
            });
        });
    }

    fn practice(&self, rng: &mut Rng) -> Option<Question> {
        let d = 4_usize;
        let mut draw = |n: usize| -> Vec<f32> { (0..n).map(|_| rng.below(5) as f32 - 2.0).collect() };
        let (q, k) = (draw(d), draw(2 * d));
        let mut plan = Plan::new();
        let tq = plan.constant("q", &[1, d], q.clone());
        let tk = plan.constant("k", &[2, d], k.clone());
        let stages = attention_stages(&mut plan, &tq, &tk, &tk, &AttentionSettings::default()).ok()?;
        let values = crate::gpu::reference::run(&plan, &std::collections::BTreeMap::new());
        let scores = values.get(stages.scores.buf.0)?;
        Some(Question {
            ask: format!(
                "q = {q:?}, k₁ = {:?}, k₂ = {:?}, d_k = {d}. Which weight does k₁ get in scaled dot-product attention?",
                &k[..d],
                &k[d..]
            ),
            answer: *values.get(stages.probabilities.buf.0)?.first()?,
            how: format!(
                "The scores are {} and {}; divided by √4 = 2 and put through the softmax.",
                scores[0], scores[1]
            ),
        })
    }
}

/// All heads as small maps; returns the one that was clicked.
fn heads(ui: &mut Ui, view: &mut View<'_>, shown: &Shown, width: f32, height: f32) -> Option<usize> {
    let columns = if shown.heads > 4 { 4 } else { shown.heads.min(2) };
    let rows = shown.heads.div_ceil(columns);
    let side = (width / columns as f32 - 10.0).min(height / rows as f32 - 22.0);
    let mut clicked = None;
    ui.vertical(|ui| {
        let title =
            if shown.real { "All 12 heads of the real first layer" } else { "Heads of random weights" };
        ui.label(RichText::new(title).small().strong());
        for row in 0..rows {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 10.0;
                for head in (row * columns..(row + 1) * columns).take_while(|&h| h < shown.heads) {
                    let name = format!("{}{}", head + 1, if head == shown.head { " (enlarged)" } else { "" });
                    let style = MapStyle::new(&name, Look::Sequential, side).without_bar();
                    let map = view.map(ui, &shown.stages.probabilities, head, style);
                    if map.response.clicked() {
                        clicked = Some(head);
                    }
                }
            });
        }
    });
    clicked
}

/// Largest difference between the staged and the fused output.
fn fused_difference(view: &mut View<'_>, shown: &Shown) -> String {
    if shown.fused.buf == shown.stages.output.buf {
        return format!("d_k above {}", crate::ops::attention::MAX_HEAD);
    }
    let (staged, fused) = (view.stage.values(shown.stages.output.buf), view.stage.values(shown.fused.buf));
    match (staged, fused) {
        (Some(a), Some(b)) => {
            let most = a.iter().zip(b.iter()).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
            if most == 0.0 { "0".into() } else { format!("{most:.0e}") }
        }
        _ => "…".into(),
    }
}
