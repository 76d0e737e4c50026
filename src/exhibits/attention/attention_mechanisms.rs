//! Attention: scaled dot-product with every stage, self-attention, and all heads of the real first
//! layer of a sentence encoder; or random projections of the same token vectors, whose width d_k
//! can be turned up until the softmax saturates.

use egui::vec2;

use super::query::{Asked, query, telling};
use super::questions;
use super::recorded::{Measures, Stages, projected, real, record_stages};
use crate::exhibits::inputs::SENTENCE;
use crate::exhibits::prelude::*;
use crate::models::encoder::record_embeddings;
use crate::ops::attention::AttentionOptions;
use crate::viz::figures::fit::{Cell, Placement};
use crate::viz::figures::page::{figures, label, lay};
use crate::viz::figures::strokes;
use crate::viz::{MapResponse, theme};

/// Tokens that the page has room for.
const MAX_TOKENS: usize = 32;
const MAX_CHARS: usize = 300;
/// Slope of the softmax below which most rows look at one word.
const ONE_HOT: f64 = 0.2;
/// Height of the query below two maps, with the line that names it.
const ASKED: f32 = 130.0;
const NAME: f32 = 22.0;
/// Room left of and above the weights for the words.
const WORDS: [f32; 2] = [62.0, 56.0];

choices! {
    /// Where queries, keys and values come from.
    enum Projection { Real = "real layer", Random = "random weights" }
}

choices! {
    /// Channels of a head.
    enum Width {
        W2 = "2", W8 = "8", W32 = "32", W64 = "64", W128 = "128", W256 = "256", W512 = "512",
    }
}

impl Width {
    fn channels(self) -> usize {
        [2, 8, 32, 64, 128, 256, 512][self.index()]
    }
}

choices! {
    /// Which keys a query may not see.
    enum Mask { None = "none", Causal = "causal", Padding = "padding" }
}

settings! {
    /// The page.
    pub struct AttentionMechanisms {
        sentence: String = SENTENCE.into(),
        source: Projection = Projection::Real,
        d_k: Width = Width::W32,
        heads: u32 = 1,
        scale: bool = true,
        mask: Mask = Mask::None,
        padding: u32 = 4,
        temperature: f32 = 1.0,
        head: u32 = 1,
        query: u32 = 0,
    }
}

/// What was recorded.
pub struct Shown {
    real: bool,
    labels: Vec<String>,
    note: Option<String>,
    mask: Mask,
    /// Tokens at the end that count as padding.
    padded: usize,
    made: Stages,
    /// The same with the scale turned the other way, where the page is about it: with random weights.
    twin: Option<Stages>,
}

impl AttentionMechanisms {
    /// The head that is looked at, from 0.
    fn at(&self, shown: &Shown) -> usize {
        (self.head as usize).clamp(1, shown.made.heads) - 1
    }

    /// The query and the key that are looked at: the query that was chosen, or the most telling pair.
    fn pair(&self, shown: &Shown, weights: &[f32]) -> [usize; 2] {
        let chosen = (self.query as usize).checked_sub(1).filter(|query| *query < shown.labels.len());
        telling(weights, self.at(shown), &shown.labels, chosen)
    }
}

impl Exhibit for AttentionMechanisms {
    type Shown = Shown;

    fn knobs(&mut self, k: &mut dyn Knobs) {
        Knob::text("sentence", "Sentence", &mut self.sentence, MAX_CHARS).show(k);
        Knob::choice("source", "q, k, v from", &mut self.source)
            .help("The first layer of all-MiniLM-L6-v2, or random projections of the same token vectors")
            .show(k);
        let random = self.source == Projection::Random;
        Knob::choice("d_k", "Width d_k", &mut self.d_k)
            .help("Channels of a head; the real layer has 32")
            .enabled(random)
            .show(k);
        Knob::int("heads", "Heads", &mut self.heads, 1..=4).enabled(random).show(k);
        let heads = if random { self.heads } else { 12 };
        self.head = self.head.min(heads);
        Knob::int("head", "Enlarged head", &mut self.head, 1..=heads).draws().show(k);
        Knob::int("query", "Query word", &mut self.query, 0..=MAX_TOKENS as u32)
            .help("Which word asks, counted from 1; 0 takes the one that looks hardest at another")
            .draws()
            .show(k);
        Knob::switch("scale", "Divide by √d_k", &mut self.scale)
            .help("Without it the scores grow with d_k and the softmax saturates")
            .show(k);
        Knob::float("temperature", "Temperature", &mut self.temperature, 0.1..=8.0)
            .help("Divides the scores: below 1 sharper, above 1 softer")
            .show(k);
        Knob::choice("mask", "Mask", &mut self.mask).show(k);
        Knob::int("padding", "Padded tokens", &mut self.padding, 1..=30)
            .help("So many tokens at the end count as padding")
            .enabled(self.mask == Mask::Padding)
            .show(k);
    }

    fn record(&mut self, on: &mut Recording<'_>) -> Result<Shown, Problem> {
        let (plan, inputs) = (&mut on.plan, on.inputs);
        let encoder = inputs.encoder();
        let tokens = encoder
            .tokenizer
            .encode_within(&self.sentence, MAX_TOKENS)
            .map_err(|e| Problem::Input(e.to_string()))?;
        let count = tokens.ids.len();
        let valid = match self.mask {
            Mask::Padding if self.padding as usize >= count => {
                return Err(Problem::Input(format!(
                    "all {count} tokens would be padding: lower the padded tokens below {count}"
                )));
            }
            Mask::Padding => Some(count - self.padding as usize),
            _ => None,
        };
        let x = record_embeddings(plan, &encoder.model, &tokens)?;
        let from_model = self.source == Projection::Real;
        let (heads, qkv) = if from_model {
            (encoder.model.config().heads, real(plan, &x, &encoder)?)
        } else {
            let heads = self.heads as usize;
            (heads, projected(plan, &x, [heads, self.d_k.channels()], inputs.seed)?)
        };
        let settings = AttentionOptions {
            heads,
            scale: (!self.scale).then_some(1.0),
            causal: self.mask == Mask::Causal,
            valid,
            temperature: self.temperature,
        };
        let made = record_stages(plan, qkv.clone(), &settings, count)?;
        let turned = AttentionOptions { scale: self.scale.then_some(1.0), ..settings };
        let twin = (!from_model).then(|| record_stages(plan, qkv, &turned, count)).transpose()?;
        Ok(Shown {
            real: from_model,
            note: tokens.cut.map(|c| c.to_string()),
            labels: tokens.texts,
            mask: self.mask,
            padded: valid.map_or(0, |valid| count - valid),
            made,
            twin,
        })
    }

    fn caption(&self, shown: &Shown, view: &mut View<'_>) -> Option<Caption> {
        let made = &shown.made;
        let weights = view.values(&made.stages.probabilities)?;
        let head = self.at(shown);
        let measures = Measures::read(&view.values(&made.measures)?, made.heads)?;
        let [query, key] = self.pair(shown, &weights);
        let count = shown.labels.len();
        let weight = f64::from(weights[(head * count + query) * count + key]);
        let (from, to) = (&shown.labels[query], &shown.labels[key]);
        let (share, slope) = (words::percent(weight), measures.slope[head]);
        let measured = words::short(slope);
        let other = shown.twin.as_ref().map(|twin| Measures::read(&view.values(&twin.measures)?, made.heads));
        let other = match other {
            Some(measures) => words::short(measures?.slope[head]),
            None => String::new(),
        };
        if made.scale.is_some() && slope < ONE_HOT {
            return Some(Caption::broken(&format!(
                "d_k = **{}**, no scale: “{from}” gives [{share}](bad 1) to one word, and the softmax keeps a slope of [{measured}](bad 1), \
                 scaled [{other}](good 0). [Spread again](good) mends it.",
                made.d_k
            )));
        }
        if !shown.real && made.scale.is_none() {
            return Some(Caption::good(&format!(
                "Divided by √**{}**, no word gives more than [{}](good 0) to one, and the softmax keeps a slope of \
                 [{measured}](good 0), not [{other}](bad 1).",
                made.d_k,
                words::percent(measures.most[head])
            )));
        }
        let even = words::percent(1.0 / count as f64);
        let seen = if query == key { "itself".to_owned() } else { format!("“{to}”") };
        let masked = match shown.mask {
            Mask::None => format!("an even share of **{count}** words would be {even}"),
            Mask::Causal => {
                format!(
                    "**{}** of {} weights are 0: nobody looks ahead",
                    count * (count - 1) / 2,
                    count * count
                )
            }
            Mask::Padding => format!("the last **{}** words are padding and get 0", shown.padded),
        };
        Some(Caption::plain(&format!(
            "In head **{}** “{from}” gives [{share}](focus 0) of its attention to {seen}; {masked}.",
            head + 1
        )))
    }

    fn draw(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>) {
        let made = &shown.made;
        let hero = match shown.twin {
            Some(_) => vec![Panel::picture(1.0).caption(), Panel::picture(1.0).caption().bar()],
            None => vec![Panel::picture(1.0).bar(), Panel::free(300.0, 1.0)],
        };
        // A single head has nothing to be compared with.
        let mut rows = vec![Row::Hero(hero), Row::Measured(4)];
        if made.heads > 1 {
            rows.insert(1, Row::Compare { count: made.heads, aspect: 1.0 });
        }
        if shown.twin.is_some() {
            rows.insert(rows.len() - 1, Row::Fill(ASKED));
        }
        let placed = lay(ui, &rows);
        let head = self.at(shown);
        let map = match &shown.twin {
            Some(twin) => self.scales(shown, twin, ui, view, &placed.rows[0]),
            None => {
                let title = format!("Head {}", head + 1);
                let cell = &placed.rows[0][0];
                words::panel_name(ui, cell.name, &title, "row asks, column answers");
                self.weights(shown, &made.stages.probabilities, ui, view, cell, &title, Range::All)
            }
        };
        if let (Some([row, _]), true) = (map.hovered, map.response.clicked()) {
            self.query = row as u32 + 1;
        }
        let (p, scores, masked) = (&made.stages.probabilities, &made.stages.scores, &made.stages.masked);
        if let (Some(p), Some(scores), Some(masked)) =
            (view.values(p), view.values(scores), view.values(masked))
        {
            let [mut asks, mut answers] = self.pair(shown, &p);
            if let Some([row, column]) = map.hovered {
                [asks, answers] = [row, column];
            }
            let count = shown.labels.len();
            let row = (head * count + asks) * count..(head * count + asks + 1) * count;
            let spot = map.cells(asks as f32, 0.0, 1.0, count as f32);
            strokes::focus(ui.painter(), spot, theme::of(ui).focus);
            let cell = if shown.twin.is_some() {
                let below = placed.rows[placed.rows.len() - 2][0].rect;
                let (name, rect) = below.split_top_bottom_at_y(below.top() + NAME);
                &Cell { name, ..Cell::bare(rect) }
            } else {
                &placed.rows[0][1]
            };
            words::panel_name(
                ui,
                cell.name,
                &format!("“{}” asks", shown.labels[asks]),
                "one score for each word",
            );
            let scaled = match made.scale {
                None => format!("÷ √{}", made.d_k),
                Some(_) => "no scale".to_owned(),
            };
            let of = Asked {
                labels: &shown.labels,
                scores: &scores[row.clone()],
                masked: &masked[row.clone()],
                weights: &p[row],
                heading: ["q · k", &scaled, "softmax"],
                chosen: answers,
            };
            query(ui, cell.rect, &of);
        }
        if made.heads > 1 {
            self.strip(shown, ui, view, &placed, head);
        }
        let last = placed.rows.last().map_or(&[][..], Vec::as_slice);
        measured(shown, ui, view, last, head);
    }

    fn practice(rng: &mut Rng) -> Option<Question> {
        questions::mechanisms(rng)
    }
}

impl AttentionMechanisms {
    /// The weights of the head that is looked at, between its words.
    #[expect(clippy::too_many_arguments, reason = "one call, drawn once or twice")]
    fn weights(
        &self,
        shown: &Shown,
        of: &Tensor,
        ui: &mut Ui,
        view: &mut View<'_>,
        cell: &Cell,
        title: &str,
        range: Range,
    ) -> MapResponse {
        let mut cell = *cell;
        cell.rect.min += vec2(WORDS[0], WORDS[1]).min(cell.rect.size() * 0.4);
        let style = MapStyle::panel(title, "", Look::Sequential).untitled().range(range).stretched();
        view.panel(ui, &cell, of, self.at(shown), &style.labels(&shown.labels, &shown.labels))
    }

    /// With and without the scale, side by side on one range; gives what is chosen of the two.
    fn scales(
        &self,
        shown: &Shown,
        twin: &Stages,
        ui: &mut Ui,
        view: &mut View<'_>,
        cells: &[Cell],
    ) -> MapResponse {
        let head = self.at(shown);
        let (with, without) =
            if shown.made.scale.is_none() { (&shown.made, twin) } else { (twin, &shown.made) };
        let range = Range::Shared([with, without].map(|made| made.stages.probabilities.buf).into());
        let names = [format!("÷ √{}", shown.made.d_k), "No scale".to_owned()];
        let [first, second] = [(with, 0), (without, 1)].map(|(made, i)| {
            let read = view.values(&made.measures).and_then(|v| Measures::read(&v, made.heads));
            let slope = read.map_or("…".into(), |measures| words::short(measures.slope[head]));
            let (name, cell) = (&names[i], &cells[i]);
            let note = if std::ptr::eq(made, &shown.made) { "as set" } else { "to compare" };
            words::panel_name(ui, cell.name, name, note);
            let (text, ink) = (format!("slope of the softmax {slope}"), theme::of(ui).dim);
            words::write(ui, cell.caption, egui::Align2::RIGHT_CENTER, &text, theme::control(), ink);
            self.weights(shown, &made.stages.probabilities, ui, view, cell, name, range.clone())
        });
        if shown.made.scale.is_none() { first } else { second }
    }

    /// All heads, to choose from.
    fn strip(&mut self, shown: &Shown, ui: &mut Ui, view: &mut View<'_>, placed: &Placement, head: usize) {
        let heads = shown.made.heads;
        let title = match (shown.real, heads) {
            (true, _) => format!("All {heads} heads of the real first layer"),
            (false, _) => format!("All {heads} heads of random weights"),
        };
        let note = shown.note.as_deref().unwrap_or("on one range, 0 to the greatest weight of all");
        words::panel_name(ui, placed.titles[1], &title, note);
        for (i, cell) in placed.rows[1].iter().enumerate() {
            let name = format!("head {}", i + 1);
            let style = MapStyle::panel(&name, "", Look::Sequential).range(Range::All).untitled().stretched();
            let map = view.panel(ui, cell, &shown.made.stages.probabilities, i, &style.to_choose());
            if map.response.clicked() {
                self.head = i as u32 + 1;
            }
            label(ui, cell, &(i + 1).to_string(), "", i == head);
        }
    }
}

/// The measured row.
fn measured(shown: &Shown, ui: &mut Ui, view: &mut View<'_>, cells: &[Cell], head: usize) {
    let made = &shown.made;
    let count = shown.labels.len();
    let read = view.values(&made.measures).and_then(|v| Measures::read(&v, made.heads));
    let [slope, most, differs] =
        read.as_ref().map_or([f64::NAN; 3], |m| [m.slope[head], m.most[head], m.differs]);
    let said = |v: f64| if v.is_nan() { "…".to_owned() } else { words::short(v) };
    let work = (2 * count * count * made.d_k * made.heads) as f64;
    let bytes = (count * count * made.heads * 4) as u64;
    let voice = if made.scale.is_some() && slope < ONE_HOT { Voice::Broken } else { Voice::A };
    let fused = if made.fused { said(differs) } else { "too wide".into() };
    let share = |v: f64| if v.is_nan() { 0.0 } else { v };
    let even = format!("an even share is {}", words::percent(1.0 / count as f64));
    let rows = [
        ("Greatest weight", words::percent(share(most)), share(most), even, Voice::A),
        ("Slope left", said(slope), share(slope), format!("1 − Σp², mean of {count} rows"), voice),
        (
            "Score matrices",
            words::bytes(bytes),
            1.0,
            format!("{} products", words::count(work)),
            Voice::Plain,
        ),
        ("Fused differs by", fused, share(differs), "at most, never storing them".into(), Voice::Plain),
    ];
    figures(ui, cells, &rows);
}
