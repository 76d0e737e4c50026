//! The whole program without a window: every page drawn, every knob moved, keyboard, screen reader,
//! inspector, audit, bad input and a lost device. Without an adapter these tests fail, unless
//! GLASSBOX_ALLOW_NO_ADAPTER is set: nobody should skip them unawares.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod access;
#[path = "../adapter/mod.rs"]
mod adapter;
mod arithmetic;
mod audit;
mod bad_input;
mod combinations;
mod explorer;
mod glyphs;
mod inspector;
mod lost_device;
mod networks;
mod opening;
mod pages;
mod reference;
mod scene;
mod sweep;
mod text_explorer;
