//! The sentence of the page on losses.

use super::losses_drawn::{Drawn, reached};
use super::optimisers::Rule;
use crate::recipes::Loss;
use crate::settings::Choice as _;
use crate::viz::{Caption, View, words};

/// Numbers of panels: the fit or the slopes, the curves of slopes, the list of optimisers.
const FIT: usize = 0;
const SLOPE: usize = 2;
const LIST: usize = 5;
/// A slope that trains next to nothing, where that of cross-entropy is nearly 1.
const STALLED: f64 = 0.05;

/// What is to be seen, once its numbers are there.
pub fn said(of: &Drawn<'_>, view: &mut View<'_>) -> Option<Caption> {
    let told = of.of.fitted.read(view);
    let read = of.of.read(view)?;
    let raced = raced(view, of.rule);
    let loss = of.of.asked.loss;
    if let Some(i) = Loss::OF_NUMBERS.iter().position(|of| *of == loss) {
        let pulls = told?.pulls.map(words::short);
        let [squared, absolute, huber] = &pulls;
        return Some(Caption::plain(&match loss {
            Loss::Squared => format!(
                "Squared error lets one outlier pull the line by [{squared}](value {FIT}), Huber by [{huber}](value {FIT}), \
                 absolute error by [{absolute}](value {FIT}).{}",
                raced.unwrap_or_else(|| " Only squared error's slope keeps growing.".into())
            ),
            _ => format!(
                "{} holds the pull of one outlier to [{}](value {FIT}): its slope is never more than [{}](value {SLOPE}). \
                 Squared error: {squared}.{}",
                if loss == Loss::Huber { "Huber" } else { "Absolute error" },
                pulls[i],
                words::short(if loss == Loss::Huber { of.of.asked.shape.delta.into() } else { 1.0 }),
                raced.unwrap_or_default()
            ),
        }));
    }
    let probed = |loss: Loss| {
        let i = of.of.asked.family().iter().position(|of| *of == loss)?;
        Some(read.get(i)?.probed)
    };
    let (here, entropy) = (probed(loss)?, probed(Loss::CrossEntropy)?);
    let score = words::short(of.of.asked.score.into());
    let [slope, of_entropy] = [here.slope, entropy.slope].map(words::short);
    if loss == Loss::SquaredSigmoid && here.slope.abs() < STALLED && entropy.slope.abs() > 0.5 {
        return Some(Caption::broken(&format!(
            "Certain and wrong, score {score}: squared error of a sigmoid has slope [{slope}](bad {SLOPE}) and stalls; \
             cross-entropy has [{of_entropy}](value {SLOPE}). [It learns](good) mends it."
        )));
    }
    let p = words::percent(1.0 + entropy.slope);
    let text = match loss {
        Loss::CrossEntropy | Loss::Binary => format!(
            "Score {score} gives the right class {p}: loss [{}](value 1), slope [{slope}](good {SLOPE}) = p − 1, the more wrong \
             the steeper.{}",
            words::short(here.loss),
            raced.unwrap_or_default()
        ),
        _ => format!(
            "At score {score} {} has loss [{}](value 1) and slope [{slope}](value {SLOPE}), cross-entropy slope \
             [{of_entropy}](value {SLOPE}).{}",
            match loss {
                Loss::Hinge => "hinge",
                Loss::Focal => "focal loss",
                Loss::Divergence => "smoothed cross-entropy",
                _ => "squared error of a sigmoid",
            },
            words::short(here.loss),
            raced.unwrap_or_default()
        ),
    };
    Some(if matches!(loss, Loss::CrossEntropy | Loss::Binary) {
        Caption::good(&text)
    } else {
        Caption::plain(&text)
    })
}

/// How far training has come: the chosen optimiser and the best.
fn raced(view: &View<'_>, rule: Rule) -> Option<String> {
    let player = view.player()?;
    let reached = reached(player);
    let all = Rule::ALL.iter().zip(&reached).filter_map(|(rule, loss)| Some((*rule, (*loss)?)));
    let (best, least) = all.min_by(|a, b| a.1.total_cmp(&b.1))?;
    let own = reached.get(rule.index()).copied().flatten()?;
    let step = player.target();
    let [least, own_loss] = [least, own].map(|loss| words::short(loss.into()));
    Some(match best == rule {
        true => format!(" Step {step}: {} leads with [{own_loss}](value {LIST}).", rule.name()),
        false => format!(
            " Step {step}: {} [{own_loss}](value {LIST}), {} [{least}](value {LIST}).",
            rule.name(),
            best.name()
        ),
    })
}
