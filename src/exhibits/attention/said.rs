//! The sentence above the mechanisms.

use super::compared_drawn::pair;
use super::cost::pairs;
use super::mechanism::Mechanism;
use super::recorded::Stages;
use super::scaled_drawn::{ONE_HOT, measures};
use super::shown::{AttentionMechanisms, Layer, Masked, Shown};
use super::taught::sentences;
use crate::recipes::TAUGHT_BY;
use crate::viz::{Caption, View, words};

/// How much of two tables of weights is alike: the mean over the rows of Σ min(p, q), 1 if all is.
pub fn agreement(p: &[f32], q: &[f32], columns: usize) -> f64 {
    let rows = (p.len() / columns.max(1)).max(1);
    p.iter().zip(q).map(|(p, q)| f64::from(p.min(*q))).sum::<f64>() / rows as f64
}

/// A word without the brackets of `[CLS]`, which would mark a link in a sentence.
fn tidy(word: &str) -> &str {
    word.trim_matches(['[', ']', '*'])
}

/// Of random weights.
pub fn of_random(
    page: &AttentionMechanisms,
    shown: &Shown,
    both: &[Stages; 2],
    view: &mut View<'_>,
) -> Option<Caption> {
    let [made, twin] = both;
    let head = page.head_of(made.heads);
    let (measured, other) = (measures(made, view)?, measures(twin, view)?);
    let labels = &shown.words[0];
    let each = labels.len() * labels.len();
    let weights = view.values(&made.stages.probabilities)?;
    let map = weights.get(head * each..(head + 1) * each)?;
    let [query, key] = page.pair([labels, labels], map);
    let share = words::percent(f64::from(map[query * labels.len() + key]));
    let [slope, turned] = [&measured, &other].map(|m| words::short(m.slope[head]));
    let (d_k, from) = (made.d_k, tidy(&labels[query]));
    Some(match made.scale {
        Some(_) if measured.slope[head] < ONE_HOT => Caption::broken(&format!(
            "d_k = **{d_k}**, no scale: “{from}” gives [{share}](bad 1) to one word, and the softmax keeps a slope of \
             [{slope}](bad 1), scaled [{turned}](good 0). [Spread again](good) mends it."
        )),
        Some(_) => Caption::plain(&format!(
            "d_k = **{d_k}**, no scale: “{from}” gives [{share}](focus 1) to one word; the softmax keeps a slope of \
             **{slope}**, scaled **{turned}**."
        )),
        None => Caption::good(&format!(
            "Divided by √**{d_k}**, no word gives more than [{}](good 0) to one, and the softmax keeps a slope of \
             [{slope}](good 0), not [{turned}](bad 1).",
            words::percent(measured.most[head])
        )),
    })
}

/// Of the real layer.
pub fn of_layer(
    page: &AttentionMechanisms,
    shown: &Shown,
    layer: &Layer,
    view: &mut View<'_>,
) -> Option<Caption> {
    let [query, key] = pair(page, layer, shown, view)?;
    let (asking, keys) = (layer.asking(shown), &shown.words[0][..]);
    let (n, m) = (asking.len(), keys.len());
    let of = layer.compared.of(layer.of);
    let weights = view.values(&of.weights.0)?;
    let map = weights.get(of.weights.1 * n * m..(of.weights.1 + 1) * n * m)?;
    let full = view.values(&layer.compared.layer.probabilities)?;
    let own = full.get(layer.head * m * m..(layer.head + 1) * m * m)?;
    let row = &map[query * m..(query + 1) * m];
    let share = words::percent(f64::from(row[key]));
    let from = tidy(&asking[query]);
    let seen = if query == key && !layer.of.is_cross() {
        "itself".to_owned()
    } else {
        format!("“{}”", tidy(&keys[key]))
    };
    let head = layer.head + 1;
    let alike = || words::percent(agreement(map, own, m));
    let teacher = full.get((TAUGHT_BY - 1) * m * m..TAUGHT_BY * m * m)?;
    let taught = |map: &[f32]| words::percent(agreement(map, teacher, m));
    let text = match layer.of {
        Mechanism::Dot => {
            let even = words::percent(1.0 / m as f64);
            let masked = match shown.mask {
                Masked::None => format!("an even share of **{m}** words would be {even}"),
                Masked::Causal => {
                    format!("**{}** of {} weights are 0: nobody looks ahead", m * (m - 1) / 2, m * m)
                }
                Masked::Padding => format!("the last **{}** words are padding and get 0", shown.padded),
            };
            format!(
                "In head **{head}** “{from}” gives [{share}](focus 0) of its attention to {seen}; {masked}."
            )
        }
        Mechanism::MultiHead => {
            let projection = layer.projection.as_ref()?;
            let (norms, change) = (view.values(&projection.norms)?, view.values(&projection.change)?);
            let of_word: Vec<f32> = norms.chunks_exact(m).map(|head| head[query]).collect();
            let most = (0..of_word.len()).max_by(|a, b| of_word[*a].total_cmp(&of_word[*b]))?;
            let silent: Vec<String> =
                (0..layer.muted.len()).filter(|i| layer.muted[*i]).map(|i| (i + 1).to_string()).collect();
            match silent.len() {
                0 => format!(
                    "Of **{}** heads, head **{}** adds most to “{from}”: a part of length [{}](focus 2), head {head} \
                     one of [{}](focus 2).",
                    of_word.len(),
                    most + 1,
                    words::short(of_word[most].into()),
                    words::short(of_word[layer.head].into())
                ),
                n if n > 3 => format!(
                    "With **{n}** of {} heads muted the output of “{from}” changes by [{}](focus 2) of its length.",
                    of_word.len(),
                    words::percent(change[query].into())
                ),
                n => format!(
                    "Without {} **{}** the output of “{from}” changes by [{}](focus 2) of its length; the others stay \
                     as they are.",
                    if n == 1 { "head" } else { "heads" },
                    silent.join(", "),
                    words::percent(change[query].into())
                ),
            }
        }
        Mechanism::Cross => format!(
            "“{from}” of the second sentence gives [{share}](focus 0) to {seen} of the first: **{n} × {m}** weights of \
             head {head}, not a square."
        ),
        Mechanism::Luong => {
            let same = (0..m).map(|i| f64::from(map[i * m + i])).sum::<f64>() / m as f64;
            format!(
                "Scored by the vectors alone, a word looks at itself: [{}](focus 0) on average of **{m}** words. \
                 Projections unlearn that.",
                words::percent(same)
            )
        }
        Mechanism::General => format!(
            "x·W·x, taught on **{}** sentences to look where head {TAUGHT_BY} looks, agrees with it here by [{}](focus 0): \
             one W for every pair.",
            sentences(),
            taught(map)
        ),
        Mechanism::Additive => format!(
            "A small network scores each pair: taught on **{}** sentences, it agrees with head {TAUGHT_BY} here by \
             [{}](focus 0), without a scale.",
            sentences(),
            taught(map)
        ),
        Mechanism::Concat => {
            let other = view.values(&layer.compared.of(Mechanism::Additive).weights.0)?;
            let differs = map.iter().zip(other.iter()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            format!(
                "One matrix on (query; key) is the two of additive side by side: its **{}** weights differ by \
                 [{}](focus 0) at most.",
                map.len(),
                words::short(differs.into())
            )
        }
        Mechanism::Location => format!(
            "The score is W·x of the asking word alone: taught on **{}** sentences and blind to content, it agrees with \
             head {TAUGHT_BY} by [{}](focus 0).",
            sentences(),
            taught(map)
        ),
        Mechanism::Convolved => format!(
            "From where head {TAUGHT_BY} looked one word before and nothing else: taught on **{}** sentences, it agrees \
             by [{}](focus 0).",
            sentences(),
            taught(map)
        ),
        Mechanism::LocalP => {
            let at: f64 = row.iter().enumerate().map(|(j, p)| (j + 1) as f64 * f64::from(*p)).sum::<f64>()
                / row.iter().map(|p| f64::from(*p)).sum::<f64>().max(1e-9);
            format!(
                "A small network places the window: “{from}” looks around word **{}**, **{}** to each side, and gives \
                 [{share}](focus 0) to {seen}.",
                words::short(at),
                layer.reach
            )
        }
        Mechanism::Entity => {
            let [a, b] = layer.entities.map(|at| tidy(&keys[at]));
            format!(
                "With “{a}” and “{b}” marked, “{from}” gives [{share}](focus 0) to {seen}: **{}** sentences taught it how \
                 two words are related.",
                sentences()
            )
        }
        Mechanism::LocalM => format!(
            "A window of **{}** on each side leaves **{}** of {} weights; head {head} loses [{}](focus 0) of what \
             it looks at.",
            words::plural(layer.reach, "word", "words"),
            pairs(m, layer.reach, true),
            m * m,
            words::percent(outside(own, m, |i, j| i.abs_diff(j) > layer.reach))
        ),
        Mechanism::Sliding => format!(
            "Itself and **{}** before it: **{}** of {} weights are left; head {head} loses [{}](focus 0) of what \
             it looks at.",
            words::plural(layer.reach, "word", "words"),
            pairs(m, layer.reach, false),
            m * m,
            words::percent(outside(own, m, |i, j| j > i || i - j > layer.reach))
        ),
        Mechanism::Grouped => format!(
            "**{} heads** of keys and values for 12 of queries: **{}×** less to keep, and head {head} still agrees with \
             itself by [{}](focus 0).",
            layer.groups,
            layer.muted.len() / layer.groups,
            alike()
        ),
        Mechanism::MultiQuery => format!(
            "One head of keys and values for **12** of queries: **12×** less to keep, and head {head} agrees with itself \
             by [{}](focus 0).",
            alike()
        ),
        Mechanism::Linear => {
            let most = |row: &[f32]| row.iter().copied().fold(0.0, f32::max);
            let sharp = words::percent(most(&own[query * m..(query + 1) * m]).into());
            let flat = words::percent(most(row).into());
            match &layer.compared.linear {
                Some(differs) => format!(
                    "No softmax: “{from}” gives at most [{flat}](focus 0) to one word, not **{sharp}**. One pass over the \
                     keys differs by **{}**.",
                    words::short(f64::from(*view.values(differs)?.first()?))
                ),
                None => format!(
                    "No softmax: “{from}” gives at most [{flat}](focus 0) to one word, where the softmax of head \
                     {head} gives **{sharp}**."
                ),
            }
        }
    };
    Some(Caption::plain(&text))
}

/// Share of the weights of a square table that lies where `far` says so.
fn outside(weights: &[f32], count: usize, far: impl Fn(usize, usize) -> bool) -> f64 {
    let lost = weights.iter().enumerate().filter(|(i, _)| far(i / count, i % count));
    lost.map(|(_, weight)| f64::from(*weight)).sum::<f64>() / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_of_a_word_mark_nothing() {
        assert_eq!(["[CLS]", "animal", "[SEP]"].map(tidy), ["CLS", "animal", "SEP"]);
    }

    #[test]
    fn agreement_is_one_of_equals_and_what_lies_outside_is_summed() {
        let p = [0.5, 0.5, 0.25, 0.75];
        assert!((agreement(&p, &p, 2) - 1.0).abs() < 1e-9);
        assert!((agreement(&p, &[1.0, 0.0, 0.0, 1.0], 2) - 0.625).abs() < 1e-9);
        assert!((outside(&p, 2, |i, j| i != j) - 0.375).abs() < 1e-9);
    }
}
