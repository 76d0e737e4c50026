//! What a network consists of, and where its nodes stand.

use egui::{Color32, Pos2, Rect, Vec2, pos2, vec2};

use crate::viz::facts::grouped;

/// Most units that are drawn one by one, with their edges.
pub const UNITS: usize = 16;
/// Least width of a column in which words stand below, and in which a node has depth.
const WORDS: f32 = 54.0;
const DEEP: f32 = 26.0;
/// Room above for arcs, below for words, for bars.
const ARCS: f32 = 22.0;
const LINE: f32 = 16.0;
/// Lowest node of units, least side of a map, and width of a node of units as a share of its column.
const LOW: f32 = 10.0;
const SMALL: f32 = 3.0;
const SHARE: f32 = 0.72;
/// Width of a letter of the words below in points, and of the space beside them: a guess from above.
const LETTER: f32 = 6.2;
const BESIDE: f32 = 8.0;
/// Least width of the first column, where names of numbers below the drawing stand, and its most as a share.
const FIRST: f32 = 112.0;
const FIRST_SHARE: f32 = 0.2;
/// Space between a map and the edges of its column.
const SPACE: f32 = 10.0;
/// Widest a node of units or a plate without depth is.
const WIDEST: f32 = 18.0;

/// A layer, or what goes into the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name: "conv 3×3".
    pub name: String,
    /// Place of its family in [`crate::viz::theme::FAMILIES`].
    pub family: usize,
    /// Shape of what it makes for one sample: `[C, H, W]`, `[T, D]` or `[N]`; empty if it cannot be built.
    pub shape: Vec<usize>,
    /// Written below its shape: parameters, receptive field.
    pub note: String,
    /// The nodes that it reads, by place, all before it.
    pub inputs: Vec<usize>,
}

/// A weight between two nodes of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The node that reads.
    pub node: usize,
    /// The unit that is read.
    pub from: usize,
    /// The unit that reads.
    pub to: usize,
}

/// A network and what is shown of it.
#[derive(Clone, Copy, Debug)]
pub struct Network<'a> {
    /// What a screen reader calls it.
    pub name: &'a str,
    /// Its nodes from left to right.
    pub nodes: &'a [Node],
    /// Weights `[N of the node, N of its first input]` of nodes of at most 16 units; empty where they are
    /// not known. Shorter than the nodes: none for the rest.
    pub weights: &'a [&'a [f32]],
    /// Activations of nodes of units, from 0 (off) to 1; empty where they are not known.
    pub units: &'a [&'a [f32]],
    /// Fill of each unit of nodes of units; empty where activations decide about it.
    pub inks: &'a [&'a [Color32]],
    /// A number for each node, drawn by powers of ten below it: the size of its gradient.
    pub bars: &'a [f32],
    /// Powers of ten of the lowest and the highest bar.
    pub powers: [f32; 2],
    /// Colour of bars and arcs.
    pub ink: Color32,
    /// The node that is looked at.
    pub chosen: Option<usize>,
    /// Inputs of nodes that are cut: node and input.
    pub cut: &'a [(usize, usize)],
}

/// What was done with a network; `bool` says whether it was a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkEvent {
    /// A node.
    Node(usize, bool),
    /// A unit of a node.
    Unit(usize, usize, bool),
    /// A weight.
    Edge(Edge, bool),
}

/// Where the nodes of a network stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    /// The front of each node.
    pub nodes: Vec<Rect>,
    /// How many plates lie behind the front, and how far apart.
    pub behind: Vec<(usize, f32)>,
    /// The column of each node: its words stand in it.
    pub columns: Vec<Rect>,
    /// Where the bars are; empty if there are none.
    pub bars: Rect,
    /// Lines of words that have room below.
    pub lines: usize,
}

/// Places `of` in `rect`: all maps at one scale, as large as the height and the width allow. Columns are as
/// wide as their maps and their words need.
pub fn places(rect: Rect, of: &Network<'_>) -> Places {
    let count = of.nodes.len().max(1);
    let lines = lines(rect.width(), rect.height(), of);
    // Nodes without maps need little height.
    let share = if of.nodes.iter().any(|node| node.shape.len() == 3) { 0.3 } else { 0.5 };
    let bars = if of.bars.is_empty() { 0.0 } else { (rect.height() * share).min(56.0) };
    let arcs = arcs(of);
    let foot = rect.bottom() - lines as f32 * LINE - bars;
    let body = Rect::from_min_max(
        pos2(rect.left(), rect.top() + arcs),
        pos2(rect.right(), (foot - 6.0).max(rect.top() + arcs)),
    );
    let (scale, widths) = columns(rect.width(), body.height(), of, lines);
    let largest = of.nodes.iter().map(side).max().unwrap_or(1) as f32;
    let mut placed = Places {
        nodes: Vec::with_capacity(count),
        behind: Vec::with_capacity(count),
        columns: Vec::with_capacity(count),
        bars: Rect::from_min_max(pos2(rect.left(), rect.bottom() - bars), rect.max),
        lines,
    };
    let mut left = rect.left();
    for (node, width) in of.nodes.iter().zip(widths) {
        let column = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()));
        left += width;
        let middle = pos2(column.center().x, body.center().y);
        let size = size(node, width, body.height(), largest, scale);
        let behind = plates(node, rect.width() / count as f32);
        let depth = behind.0 as f32 * behind.1;
        let front = Rect::from_center_size(middle - vec2(depth / 2.0, -depth / 2.0), size);
        placed.nodes.push(front);
        placed.behind.push(behind);
        placed.columns.push(column);
    }
    placed
}

/// The height at which a drawing `width` wide has its maps as large as the width allows.
pub fn ideal_height(width: f32, of: &Network<'_>) -> f32 {
    let lines = lines(width, f32::INFINITY, of);
    let (scale, _) = columns(width, f32::INFINITY, of, lines);
    let pitch = width / of.nodes.len().max(1) as f32;
    let high = |node: &Node| side(node) as f32 * scale + depth(node, pitch);
    let tallest = of.nodes.iter().filter(|node| node.shape.len() == 3).map(high).fold(60.0, f32::max);
    tallest + arcs(of) + lines as f32 * LINE + 6.0
}

/// Lines of words that have room below.
fn lines(width: f32, height: f32, of: &Network<'_>) -> usize {
    let words = if width / of.nodes.len().max(1) as f32 >= WORDS { lines_of(of) } else { 0 };
    words.min(((height - ARCS - 40.0) / LINE).max(0.0) as usize)
}

/// Room above.
fn arcs(of: &Network<'_>) -> f32 {
    if has_arcs(of.nodes) { ARCS } else { 4.0 }
}

/// Plates behind the front of a map, and how far apart.
fn plates(node: &Node, pitch: f32) -> (usize, f32) {
    match node.shape[..] {
        [channels, ..] if node.shape.len() == 3 && pitch >= DEEP => {
            ((channels as f32).log2().ceil().clamp(0.0, 7.0) as usize, (pitch * 0.035).clamp(1.5, 4.0))
        }
        _ => (0, 0.0),
    }
}

fn depth(node: &Node, pitch: f32) -> f32 {
    let (plates, shift) = plates(node, pitch);
    plates as f32 * shift
}

/// Points a cell of a map, and the width of each column.
fn columns(width: f32, height: f32, of: &Network<'_>, lines: usize) -> (f32, Vec<f32>) {
    let pitch = width / of.nodes.len().max(1) as f32;
    if pitch < DEEP {
        return (0.0, vec![pitch; of.nodes.len()]);
    }
    let wide = |node: &Node| if node.shape.len() == 3 { node.shape[2] as f32 } else { 0.0 };
    let first = FIRST.min(width * FIRST_SHARE).max(pitch.min(FIRST));
    let words = |node: &Node| {
        let texts = [node.name.chars().count(), shape_text(node).chars().count(), node.note.chars().count()];
        let longest = texts.into_iter().take(lines).max().unwrap_or(0) as f32;
        (longest * LETTER + BESIDE).max(WIDEST + SPACE)
    };
    // Words are cut to equal shares only where not all of them have room.
    let all = first + of.nodes.iter().skip(1).map(words).sum::<f32>();
    let share = (width - first) / of.nodes.len().saturating_sub(1).max(1) as f32;
    let most = if all <= width { f32::INFINITY } else { share };
    let least = |i: usize, node: &Node| if i == 0 { first } else { words(node).min(most) };
    let space = SPACE.min(pitch * 0.1);
    let need = |i: usize, node: &Node, scale: f32| {
        least(i, node).max(wide(node) * scale + depth(node, pitch) + 2.0 * space)
    };
    let total = |scale: f32| of.nodes.iter().enumerate().map(|(i, node)| need(i, node, scale)).sum::<f32>();
    let high = |node: &&Node| node.shape.len() == 3;
    let by_height = |node: &Node| (height - depth(node, pitch)).max(1.0) / side(node) as f32;
    let most = of.nodes.iter().filter(high).map(by_height).fold(f32::INFINITY, f32::min);
    let (mut low, mut over) = (0.0, most.min(width));
    if total(over) <= width {
        low = over;
    }
    for _ in 0..30 {
        let middle = f32::midpoint(low, over);
        if total(middle) <= width { low = middle } else { over = middle }
    }
    let rest = ((width - total(low)) / of.nodes.len().max(1) as f32).max(0.0);
    (low, of.nodes.iter().enumerate().map(|(i, node)| need(i, node, low) + rest).collect())
}

/// The shape as it is written: height, width, maps; nothing for what cannot be built.
pub(super) fn shape_text(node: &Node) -> String {
    let sides = match node.shape[..] {
        [channels, h, w] => vec![h, w, channels],
        ref shape => shape.to_vec(),
    };
    sides.iter().map(|&side| grouped(side as u64)).collect::<Vec<_>>().join("×")
}

/// Lines of words that the nodes have to say.
fn lines_of(of: &Network<'_>) -> usize {
    if of.nodes.iter().any(|node| !node.note.is_empty()) { 3 } else { 2 }
}

fn has_arcs(nodes: &[Node]) -> bool {
    nodes.iter().enumerate().any(|(i, node)| node.inputs.iter().any(|from| from + 1 < i))
}

/// The side that a node is drawn by: rows of a map, or tokens, or units.
fn side(node: &Node) -> usize {
    match node.shape[..] {
        [_, h, w] => h.max(w),
        [t, _] => t,
        _ => 1,
    }
    .max(1)
}

/// Size of the front. `scale`: points a cell of a map; 0 where columns are too
/// narrow for maps, which are then as tall as they are wide.
fn size(node: &Node, width: f32, high: f32, largest: f32, scale: f32) -> Vec2 {
    let thin = (width * SHARE).min(WIDEST);
    match node.shape[..] {
        [_, h, w] if scale > 0.0 => {
            let side = |cells: usize| (cells as f32 * scale).max(SMALL);
            vec2(side(w), side(h))
        }
        [_, h, w] => {
            let share = h.max(w) as f32 / largest;
            vec2(thin, (high * share).max(LOW.min(high)))
        }
        [t, _] => vec2(thin, (high * t as f32 / largest).max(LOW)),
        [] => vec2(thin, thin),
        _ => {
            let units = node.shape.iter().product::<usize>().max(1);
            let tall = match units {
                n if n <= UNITS => high * 0.9 * (n as f32 / UNITS as f32).sqrt(),
                // Many of them in little room: boxes in a row, not a fence.
                _ if scale == 0.0 => (high * 0.92).min(thin * 2.8),
                _ => high * 0.92,
            };
            vec2(thin, tall.max(LOW))
        }
    }
}

impl Node {
    /// Its units, if it is drawn unit by unit.
    pub fn drawn_units(&self) -> Option<usize> {
        match self.shape[..] {
            [n] if (1..=UNITS).contains(&n) => Some(n),
            _ => None,
        }
    }
}

/// The middle of unit `i` of `count` in the node at `front`, and its radius.
pub fn unit(front: Rect, count: usize, i: usize) -> (Pos2, f32) {
    let pitch = front.height() / count.max(1) as f32;
    let radius = (pitch * 0.4).min(front.width() * 0.5).clamp(1.5, 9.0);
    (pos2(front.center().x, front.top() + pitch * (i as f32 + 0.5)), radius)
}
