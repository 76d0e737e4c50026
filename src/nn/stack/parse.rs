//! A network from text.

use std::str::FromStr;

use super::block::{Block, PoolKind, Stack};
use super::error::{Fault, StackError};
use super::text::{ACTS, LAYERS, names};
use crate::suggest::nearest;
use crate::untrusted::one_line;

/// Residual blocks in each other at most: links come from strangers, and reading one goes down with them.
const MAX_DEPTH: usize = 4;

/// Layers of a network at most.
const MAX_LAYERS: usize = 64;

impl FromStr for Stack {
    type Err = StackError;

    fn from_str(text: &str) -> Result<Self, StackError> {
        let mut layers = 0;
        Ok(Self(list(text, &[], &mut layers)?))
    }
}

impl Stack {
    /// As many layers as can be read from the left, and why it goes no further: what somebody is still
    /// writing has a drawing too.
    pub fn leading(text: &str) -> (Self, Option<StackError>) {
        let error = match text.parse() {
            Ok(stack) => return (stack, None),
            Err(error) => error,
        };
        let before = |error: &StackError| {
            let read = parts(text).ok()?.get(..error.layer.first()?.checked_sub(1)?)?.join(",");
            read.parse().ok()
        };
        (before(&error).unwrap_or_default(), Some(error))
    }
}

/// Reads layers between commas; `layers` counts them, those of residual blocks included.
fn list(text: &str, place: &[usize], layers: &mut usize) -> Result<Vec<Block>, StackError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let parts = parts(text).map_err(|fault| StackError { layer: place.to_vec(), fault })?;
    *layers += parts.len();
    if *layers > MAX_LAYERS {
        let fault = Fault::TooMany { have: *layers, limit: MAX_LAYERS };
        return Err(StackError { layer: vec![], fault });
    }
    let mut blocks = Vec::with_capacity(parts.len());
    for (i, part) in (1..).zip(parts) {
        let place = [place, &[i]].concat();
        let at = |fault| StackError { layer: place.clone(), fault };
        let words = part.to_lowercase();
        let block = match words.strip_prefix("residual") {
            Some(rest) => {
                let inside = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
                let inside = inside.ok_or_else(|| at(Fault::Parentheses))?;
                if place.len() > MAX_DEPTH {
                    return Err(at(Fault::TooDeep(MAX_DEPTH)));
                }
                let inside = list(inside, &place, layers)?;
                if inside.is_empty() {
                    return Err(at(Fault::Parentheses));
                }
                Block::Residual(inside)
            }
            None => block(&words).map_err(at)?,
        };
        blocks.push(block);
    }
    Ok(blocks)
}

/// The text between the commas that lie outside parentheses.
fn parts(text: &str) -> Result<Vec<&str>, Fault> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (i, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or(Fault::Unbalanced("a ) closes nothing"))?,
            ',' if depth == 0 => {
                parts.push(text[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err(Fault::Unbalanced("a ( is not closed"));
    }
    parts.push(text[start..].trim());
    Ok(parts)
}

/// The words of a layer, from left to right.
struct Words<'a> {
    words: Vec<&'a str>,
    at: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> &'a str {
        self.at += 1;
        self.words.get(self.at - 1).copied().unwrap_or_default()
    }

    /// A whole number within bounds.
    fn whole(&mut self, what: &'static str, [lo, hi]: [usize; 2]) -> Result<usize, Fault> {
        let read = self.next();
        let wrong = || Fault::Number {
            what,
            read: one_line(read),
            want: format!("a whole number from {lo} to {hi}"),
        };
        read.parse().ok().filter(|n| (lo..=hi).contains(n)).ok_or_else(wrong)
    }

    /// A number within bounds.
    fn real(&mut self, what: &'static str, [lo, hi]: [f32; 2]) -> Result<f32, Fault> {
        let read = self.next();
        let wrong =
            || Fault::Number { what, read: one_line(read), want: format!("a number from {lo} to {hi}") };
        read.parse().ok().filter(|n| (lo..=hi).contains(n)).ok_or_else(wrong)
    }

    /// The sides of a window, `3x5` or `3` for both.
    fn window(&mut self) -> Result<[usize; 2], Fault> {
        let read = self.next();
        let side = |side: &str| side.parse().ok().filter(|n| (1..=WINDOW).contains(n));
        let sides = match read.split_once(['x', '×']) {
            Some((r, s)) => side(r).zip(side(s)).map(|(r, s)| [r, s]),
            None => side(read).map(|both| [both; 2]),
        };
        let want = format!("it as 3x3, sides from 1 to {WINDOW}");
        sides.ok_or_else(|| Fault::Number { what: "the size of the window", read: one_line(read), want })
    }

    /// Refuses what is left behind a layer.
    fn end(&self, layer: &str, possible: &'static [&'static str]) -> Result<(), Fault> {
        let rest = self.words.get(self.at..).unwrap_or_default();
        let Some(first) = rest.first() else { return Ok(()) };
        let (read, layer) = (one_line(&rest.join(" ")), layer.to_owned());
        let nearest = nearest(first, possible.iter().copied());
        Err(Fault::Surplus { read, layer, possible, nearest })
    }

    /// Reads options, a name and a number each, into their places.
    fn options<const N: usize>(
        &mut self,
        layer: &str,
        names: &'static [&'static str; N],
        bounds: [[usize; 2]; N],
        mut values: [usize; N],
    ) -> Result<[usize; N], Fault> {
        let mut set = [false; N];
        while let Some(word) = self.words.get(self.at) {
            let Some(i) = names.iter().position(|name| name == word) else { break };
            self.at += 1;
            if std::mem::replace(&mut set[i], true) {
                return Err(Fault::Twice(names[i]));
            }
            values[i] = self.whole(names[i], bounds[i])?;
        }
        self.end(layer, names)?;
        Ok(values)
    }
}

/// Longest side of a window.
const WINDOW: usize = 64;
/// Most filters or units.
const UNITS: usize = 10_000;
/// Largest stride, padding or dilation.
const STEP: usize = 64;

/// Reads one layer in small letters.
fn block(text: &str) -> Result<Block, Fault> {
    let all: Vec<&str> = text.split_whitespace().collect();
    if all.is_empty() {
        return Err(Fault::Empty);
    }
    // Names of two words first: "leaky relu", "average pool".
    let known = |len: usize| {
        let name = all.get(..len)?.join(" ");
        names().find(|known| *known == name).map(|name| (name, len))
    };
    let Some((name, len)) = known(2).or_else(|| known(1)) else {
        let is_name = |word: &&&str| !word.starts_with(|c: char| c.is_ascii_digit());
        let read = all.iter().take_while(is_name).copied().collect::<Vec<_>>().join(" ");
        let nearest = nearest(&read, names()).unwrap_or(LAYERS[0]);
        return Err(Fault::Unknown { read: one_line(text), nearest, possible: names().collect() });
    };
    let mut words = Words { words: all, at: len };
    if let Some((_, act, settable)) = ACTS.iter().find(|(known, ..)| *known == name) {
        let mut act = *act;
        if *settable && words.words.len() > words.at {
            act.a = words.real("its slope or scale", [0.0, 100.0])?;
        }
        words.end(name, &[])?;
        return Ok(Block::Act(act));
    }
    let block = match name {
        "conv" => {
            const OPTIONS: [&str; 4] = ["stride", "pad", "dilation", "groups"];
            let filters = words.whole("the number of filters", [1, UNITS])?;
            let of = words.next();
            if of != "of" {
                let want = format!("conv {filters} of 3x3");
                return Err(Fault::Number { what: "the size of the window", read: one_line(of), want });
            }
            let size = words.window()?;
            let layer = format!("conv {filters} of {}x{}", size[0], size[1]);
            let bounds = [[1, STEP], [0, STEP], [1, STEP], [1, UNITS]];
            let [stride, pad, dilation, groups] = words.options(&layer, &OPTIONS, bounds, [1, 0, 1, 1])?;
            return Ok(Block::Conv { filters, size, stride, pad, dilation, groups });
        }
        "pool" | "max pool" | "average pool" => {
            let kind = if name == "average pool" { PoolKind::Average } else { PoolKind::Max };
            let window = words.whole("the side of the window", [1, WINDOW])?;
            let layer = format!("{name} {window}");
            let [stride] = words.options(&layer, &["stride"], [[1, STEP]], [window])?;
            return Ok(Block::Pool { kind, window, stride });
        }
        "dense" => Block::Dense { units: words.whole("the number of units", [1, UNITS])? },
        "dropout" => Block::Dropout(words.real("the share that is dropped", [0.0, 1.0])?),
        "batch norm" => Block::BatchNorm,
        "flatten" => Block::Flatten,
        _ => Block::GlobalAverage,
    };
    words.end(&block.to_string(), &[])?;
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::philox::Rng;

    fn random(rng: &mut Rng, depth: usize) -> Block {
        let mut n = |lo: u32, hi: u32| (lo + rng.below(hi - lo)) as usize;
        match n(0, if depth > 1 { 8 } else { 9 }) {
            0 => Block::Dense { units: n(1, 500) },
            1 => Block::Conv {
                filters: n(1, 100),
                size: [n(1, 9), n(1, 9)],
                stride: n(1, 4),
                pad: n(0, 4),
                dilation: n(1, 3),
                groups: n(1, 3),
            },
            2 => {
                let kind = if n(0, 2) == 0 { PoolKind::Max } else { PoolKind::Average };
                Block::Pool { kind, window: n(1, 5), stride: n(1, 5) }
            }
            3 => {
                let (_, act, settable) = ACTS[n(0, ACTS.len() as u32)];
                let a = if settable { n(0, 1000) as f32 / 1000.0 } else { act.a };
                Block::Act(Act { a, ..act })
            }
            4 => Block::Dropout(n(0, 1001) as f32 / 1000.0),
            5 => Block::BatchNorm,
            6 => Block::Flatten,
            7 => Block::GlobalAverage,
            _ => Block::Residual((0..n(1, 4)).map(|_| random(rng, depth + 1)).collect()),
        }
    }

    use crate::ops::unary::Act;

    #[test]
    fn any_network_comes_back_from_its_text() {
        let mut rng = Rng::new(5);
        for _ in 0..500 {
            let stack = Stack((0..rng.below(6)).map(|_| random(&mut rng, 0)).collect());
            let text = stack.to_string();
            assert_eq!(text.parse::<Stack>().unwrap_or_else(|e| panic!("{text}: {e}")), stack, "{text}");
        }
    }

    #[test]
    fn people_write_it_in_their_own_way() {
        let same = |a: &str, b: &str| assert_eq!(a.parse::<Stack>().unwrap().to_string(), b);
        same("Conv 10 of 3, RELU,max pool 2 ,dense 64", "conv 10 of 3x3, relu, pool 2, dense 64");
        same("conv 20 of 5×5 pad 1 stride 2", "conv 20 of 5x5 stride 2 pad 1");
        same("residual(conv 16 of 3x3 pad 1,leaky relu)", "residual (conv 16 of 3x3 pad 1, leaky relu 0.01)");
        same("average pool 3 stride 2, dropout .5", "average pool 3 stride 2, dropout 0.5");
        same("  ", "");
    }

    #[test]
    fn what_stands_before_an_error_is_read() {
        let leads = |text: &str, want: &str, layer: &[usize]| {
            let (stack, error) = Stack::leading(text);
            assert_eq!(
                (stack.to_string().as_str(), error.unwrap().layer.as_slice()),
                (want, layer),
                "{text}"
            );
        };
        leads("conv 4 of 3x3, relu, cnov 8 of", "conv 4 of 3x3, relu", &[3]);
        leads("relu, residual (relu, dnse 4), relu", "relu", &[2, 2]);
        leads("cat", "", &[1]);
        leads("relu, residual (relu", "", &[]);
        assert_eq!(Stack::leading("relu").1, None);
    }

    #[test]
    fn each_error_says_where_what_and_how_better() {
        let says = |text: &str, want: &str| {
            let error = text.parse::<Stack>().unwrap_err().to_string();
            assert!(error.starts_with(want), "{text}: {error}");
        };
        says(
            "relu, cnov 10 of 3x3",
            "layer 2: \"cnov 10 of 3x3\" is no layer: did you mean conv? possible are",
        );
        says(
            "conv ten of 3x3",
            "layer 1: the number of filters is \"ten\": write a whole number from 1 to 10000",
        );
        says("conv 10", "layer 1: the size of the window is missing: write conv 10 of 3x3");
        says("conv 10 of 3x", "layer 1: the size of the window is \"3x\": write it as 3x3");
        says(
            "conv 10 of 3x3 strid 2",
            "layer 1: \"strid 2\" cannot stand behind conv 10 of 3x3: did you mean stride?",
        );
        says("conv 1 of 3 pad 1 pad 2", "layer 1: pad is set twice");
        says("dense 64 relu", "layer 1: \"relu\" cannot stand behind dense 64: put a comma");
        says("dense 0", "layer 1: the number of units is \"0\"");
        says("dense", "layer 1: the number of units is missing");
        says("dense 99999999999999999999", "layer 1: the number of units is \"99999999999999999999\"");
        says("dropout 1.5", "layer 1: the share that is dropped is \"1.5\": write a number from 0 to 1");
        says("dropout nan", "layer 1: the share that is dropped is \"nan\"");
        says("relu,, relu", "layer 2: nothing stands here");
        says("residual relu", "layer 1: the layers of a residual block stand in parentheses");
        says("residual ()", "layer 1: the layers of a residual block");
        says(
            "relu, residual (relu, dnse 4)",
            "layer 2, in it layer 2: \"dnse 4\" is no layer: did you mean dense?",
        );
        says("residual (relu", "a ( is not closed");
        says("relu)", "a ) closes nothing");
        says(&"residual (".repeat(5000), "a ( is not closed");
        let nested = format!("{}relu{}", "residual (".repeat(200), ")".repeat(200));
        says(
            &nested,
            "layer 1, in it layer 1, in it layer 1, in it layer 1, in it layer 1: residual blocks lie more",
        );
        says(&vec!["relu"; 65].join(","), "65 layers are more than the limit of 64");
    }
}
