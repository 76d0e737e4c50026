//! The whole program without a window: every page drawn, every knob moved, keyboard, screen reader,
//! inspector, audit, bad input and a lost device. Without an adapter these tests fail, unless
//! GLASSBOX_ALLOW_NO_ADAPTER is set: nobody should skip them unawares.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

#[macro_use]
mod topics;
mod training;

mod access;
#[path = "../adapter/mod.rs"]
mod adapter;
mod again;
mod arithmetic;
mod attention;
mod audit;
mod bad_input;
mod cards;
mod combinations;
mod explorer;
mod exports;
mod facts;
mod findings;
mod glyphs;
mod golden;
mod guesses;
mod home;
mod inspector;
mod lent;
mod lessons;
mod lost_device;
mod moving;
mod networks;
mod one_frame;
mod opening;
mod own_pictures;
mod pages;
mod reference;
mod running;
mod scene;
mod settings;
mod sweep;
mod tabs;
mod text_explorer;
