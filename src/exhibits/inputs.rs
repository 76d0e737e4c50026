//! What every page may use: the user's picture, the sentence encoder, and small inputs made here.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use crate::data::Picture;
use crate::models::network::InputSettings;
use crate::models::network::kept::Kept;
use crate::models::{Encoder, Network, Tokenizer};
use crate::recipes::own::{OwnPictures, example};

/// The sentence shown at first.
pub const SENTENCE: &str = "The animal didn't cross the street because it was too tired.";

/// The user's picture, and the model that reads sentences.
pub struct Inputs {
    picture: Picture,
    squares: RefCell<HashMap<usize, Arc<[f32]>>>,
    encoder: RefCell<Option<Arc<Encoder>>>,
    network: RefCell<Option<Rc<Network>>>,
    trained: RefCell<Option<Rc<Network>>>,
    own_pictures: RefCell<Option<Rc<OwnPictures>>>,
    /// How often groups of pictures were given.
    given: u32,
    own: Option<Own>,
    kept: RefCell<Kept>,
    picture_read: Cell<bool>,
    /// Seed of this session (`--seed`), 0 by default.
    pub seed: u64,
}

/// A model that the user has opened.
#[derive(Clone)]
pub enum Own {
    /// A graph, for the page of one's own model.
    Network(Rc<Network>),
    /// A sentence encoder, for the text explorer.
    Encoder(Arc<Encoder>),
}

impl Default for Inputs {
    fn default() -> Self {
        Self {
            picture: Picture::chelsea(),
            squares: RefCell::default(),
            encoder: RefCell::default(),
            network: RefCell::default(),
            trained: RefCell::default(),
            own_pictures: RefCell::default(),
            given: 0,
            own: None,
            kept: RefCell::default(),
            picture_read: Cell::new(false),
            seed: 0,
        }
    }
}

impl Inputs {
    /// The user's picture.
    pub fn picture(&self) -> &Picture {
        self.picture_read.set(true);
        &self.picture
    }

    /// Replaces the picture on every page.
    pub fn set_picture(&mut self, picture: Picture) {
        self.picture = picture;
        self.squares.get_mut().clear();
    }

    /// The middle of the picture as `[3, side, side]`, red, green, blue in 0..1. The same
    /// allocation each time, so that it is uploaded once.
    pub fn photo(&self, side: usize) -> Arc<[f32]> {
        self.picture_read.set(true);
        let mut squares = self.squares.borrow_mut();
        let made = || self.picture.square(u32::try_from(side).unwrap_or(u32::MAX)).values;
        squares.entry(side).or_insert_with(made).clone()
    }

    /// The red of that square in tenths, 0 to 10: numbers that can be read in cells.
    pub fn photo_in_tenths(&self, side: usize) -> Vec<f32> {
        self.photo(side)[..side * side].iter().map(|v| (v * 100.0).round() / 10.0).collect()
    }

    /// Whether somebody has asked for the picture since this was asked last.
    pub fn take_picture_read(&self) -> bool {
        self.picture_read.take()
    }

    /// The model that the user has opened.
    pub fn own(&self) -> Option<&Own> {
        self.own.as_ref()
    }

    /// Puts a model in place of the one that was opened before.
    pub fn set_own(&mut self, own: Own) {
        self.own = Some(own);
    }

    /// The file that the names of the open network's classes came from the last time.
    pub fn kept_labels(&self) -> Option<PathBuf> {
        let Some(Own::Network(network)) = &self.own else { return None };
        self.kept.borrow().of(network)?.labels.clone()
    }

    /// How a picture became a network's input the last time, where that was not what its file tells.
    pub fn kept_input(&self, network: &Network) -> Option<InputSettings> {
        self.kept.borrow().of(network)?.input.clone()
    }

    /// Gives the network that is open the names of its classes, which come from `file`. False if none
    /// is open.
    pub fn set_classes(&mut self, names: Arc<[String]>, file: PathBuf) -> bool {
        let Some(Own::Network(network)) = &mut self.own else { return false };
        Rc::make_mut(network).classes = Some(names);
        self.kept.get_mut().set_labels(network, Some(file));
        true
    }

    /// Gives the network that is open its vocabulary. False if none is open that reads tokens.
    pub fn set_vocabulary(&mut self, vocabulary: Arc<Tokenizer>) -> bool {
        let Some(Own::Network(network)) = &mut self.own else { return false };
        if !network.reads_tokens() {
            return false;
        }
        Rc::make_mut(network).tokenizer = Some(vocabulary);
        true
    }

    /// Remembers how a picture becomes a network's input, for the next time that its file is opened.
    pub fn keep_input(&self, network: &Network, input: &InputSettings) {
        let changed = (*input != network.input).then(|| input.clone());
        self.kept.borrow_mut().set_input(network, changed);
    }

    /// What is kept for models, to be written to a file or replaced by what one holds.
    pub fn kept(&mut self) -> &mut Kept {
        self.kept.get_mut()
    }

    /// Groups of pictures that the user has given; an example before.
    pub fn own_pictures(&self) -> Rc<OwnPictures> {
        self.own_pictures.borrow_mut().get_or_insert_with(|| Rc::new(example())).clone()
    }

    /// How often groups of pictures were given.
    pub fn pictures_given(&self) -> u32 {
        self.given
    }

    /// Puts groups of pictures in place of those that there were.
    pub fn set_own_pictures(&mut self, pictures: OwnPictures) {
        self.own_pictures = RefCell::new(Some(Rc::new(pictures)));
        self.given += 1;
    }

    /// EfficientNet-Lite0, unpacked when first asked for.
    pub fn network(&self) -> Rc<Network> {
        self.network.borrow_mut().get_or_insert_with(|| Rc::new(Network::embedded())).clone()
    }

    /// Whether EfficientNet-Lite0 has been unpacked.
    pub fn has_network(&self) -> bool {
        self.network.borrow().is_some()
    }

    /// A small network that Glassbox has trained itself, unpacked when first asked for.
    pub fn trained(&self) -> Rc<Network> {
        self.trained.borrow_mut().get_or_insert_with(|| Rc::new(Network::trained())).clone()
    }

    /// Whether the encoder has been unpacked.
    pub fn has_encoder(&self) -> bool {
        self.encoder.borrow().is_some()
    }

    /// The encoder, unpacked when first asked for.
    pub fn encoder(&self) -> Arc<Encoder> {
        self.encoder.borrow_mut().get_or_insert_with(|| Arc::new(Encoder::embedded())).clone()
    }
}

/// Rings of a zone plate per cell at the distance of one side from its centre. With it the grid holds the
/// finest rings, those in the corners.
const ZONES: f32 = 0.7;

/// A zone plate `[side, side]`: rings that get finer outwards, up to the finest that the grid holds.
/// What a stride picks out of it too coarsely shows up as false rings.
pub fn zone_plate(side: usize) -> Vec<f32> {
    let value = |y: usize, x: usize| {
        let r = zone_radius(side, y as f32, x as f32);
        // The phase π·0.7·r²/side grows by 2π times the rings a cell.
        0.5 + 0.5 * (std::f32::consts::PI * ZONES * r * r / side as f32).cos()
    };
    (0..side * side).map(|i| value(i / side, i % side)).collect()
}

/// Rings a cell of the zone plate in row `y` and column `x`: 0.7 r per side, at most 0.5.
pub fn zone_frequency(side: usize, y: f32, x: f32) -> f32 {
    ZONES * zone_radius(side, y, x) / side as f32
}

/// Distance from the centre in cells.
fn zone_radius(side: usize, y: f32, x: f32) -> f32 {
    let centre = (side as f32 - 1.0) / 2.0;
    (y - centre).hypot(x - centre)
}

/// The digits-like grid `[side, side]` of small whole numbers that pages start with; editable there.
pub fn number_grid(side: usize) -> Vec<f32> {
    // A bright diagonal stroke and a ring on a dark ground: something with edges in all directions.
    let centre = (side as f32 - 1.0) / 2.0;
    let value = |y: usize, x: usize| {
        let (dy, dx) = (y as f32 - centre, x as f32 - centre);
        let ring = ((dx * dx + dy * dy).sqrt() - centre * 0.7).abs() < 0.6;
        let stroke = y == x;
        f32::from(u8::from(ring)) * 6.0 + f32::from(u8::from(stroke)) * 3.0 + ((y * 7 + x * 3) % 3) as f32
    };
    (0..side * side).map(|i| value(i / side, i % side)).collect()
}
