//! Figures: what pages are drawn with. Each takes plain data and a rectangle, draws, and gives back what
//! was done with it; colours, sizes and words come from [`super::theme`] and [`super::words`].

pub mod arcs;
pub mod axis;
pub mod bars;
pub mod colorbar;
pub mod columns;
pub mod control;
pub mod curves;
pub mod fit;
pub mod formula;
pub mod function;
pub mod grid;
pub mod heat;
pub mod histogram;
pub mod ledger;
pub mod lens;
pub mod network;
pub mod page;
pub mod pictured;
pub mod race;
pub mod ranking;
pub mod ruler;
pub mod scatter;
pub mod series;
pub mod stairs;
pub mod strip;
pub mod strokes;
pub mod trace;
#[cfg(test)]
mod trial;
pub mod window;
pub mod worked;
