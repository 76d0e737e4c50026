//! A training that is being filmed: which step comes next, and when all of it is on screen.

use image::{RgbaImage, imageops};

use super::export::{Film, Made, Motion, file_stem, steps};
use crate::nn::Player;

/// Frames without news after which all that is drawn of a step has arrived.
const CALM: u32 = 2;

/// A training that is being filmed.
pub struct Recording {
    motion: Motion,
    /// The figure that is filmed; `None` for the page.
    pub figure: Option<String>,
    every: Option<u64>,
    /// The page, and what its networks were made with.
    pub of: (&'static str, String),
    before: Before,
    /// The steps that are shown, once the last is known, and how many were drawn.
    steps: Vec<u64>,
    drawn: usize,
    calm: u32,
    film: Option<Film>,
    size: Option<(u32, u32)>,
}

/// Where the networks were.
#[derive(Clone, Copy)]
struct Before {
    trained: u64,
    shown: u64,
    playing: bool,
}

impl Before {
    fn restore(self, player: &mut Player) {
        player.pause();
        if self.trained == 0 {
            return player.reset();
        }
        player.show(self.shown);
        if self.playing {
            player.play();
        }
    }
}

/// What comes next of a film.
pub enum Next {
    /// Another frame.
    Wait,
    /// A picture of what is on screen.
    Draw,
    /// The end.
    Save(Result<Made, String>),
}

impl Recording {
    /// A film of `player`, on a page whose networks were made with what `of` says.
    pub fn new(
        motion: Motion,
        figure: Option<String>,
        every: Option<u64>,
        of: (&'static str, String),
        player: &Player,
    ) -> Self {
        let before = Before { trained: player.step(), shown: player.target(), playing: player.is_playing() };
        Self {
            motion,
            figure,
            every,
            of,
            before,
            steps: Vec::new(),
            drawn: 0,
            calm: 0,
            film: None,
            size: None,
        }
    }

    /// How many pictures there are, and how many there will be; 0 while it is not known.
    pub fn progress(&self) -> [usize; 2] {
        [self.drawn, self.steps.len()]
    }

    /// Takes in the picture of a step.
    pub fn add(&mut self, picture: RgbaImage) {
        // All are as large as the first, also where the window has become another.
        let (width, height) = *self.size.get_or_insert(picture.dimensions());
        let fits = picture.dimensions() == (width, height);
        let picture = if fits {
            picture
        } else {
            imageops::resize(&picture, width, height, imageops::FilterType::Triangle)
        };
        if let Some(film) = &mut self.film {
            film.add(picture);
            self.drawn += 1;
        }
    }

    /// Brings the networks back to where they were.
    pub fn restore(&self, player: &mut Player) {
        self.before.restore(player);
    }

    /// Does what comes next; `pending`: numbers of the page are on their way.
    pub fn advance(&mut self, player: &mut Player, pending: bool) -> Next {
        let Some(film) = &mut self.film else { return self.begin(player) };
        if let Some(step) = self.steps.get(self.drawn).copied() {
            if player.target() != step || player.is_playing() {
                player.show(step);
                self.calm = 0;
            } else if player.showing() != step || player.busy() || pending {
                self.calm = 0;
            } else {
                self.calm += 1;
            }
            if self.calm >= CALM && film.has_room() {
                self.calm = 0;
                return Next::Draw;
            }
            return Next::Wait;
        }
        match film.finish() {
            None => Next::Wait,
            Some(made) => {
                self.before.restore(player);
                Next::Save(made)
            }
        }
    }

    /// Trains to the end, and begins.
    fn begin(&mut self, player: &mut Player) -> Next {
        let end = match (self.before.trained, player.planned()) {
            (0, Some(planned)) => planned,
            (trained, _) => trained,
        };
        if player.step() < end {
            if !player.is_playing() {
                player.play();
            }
            return Next::Wait;
        }
        player.pause();
        self.steps = steps(end, self.every);
        match Film::new(self.motion, file_stem(self.of.0, Some("training")), self.steps.len()) {
            Ok(film) => {
                self.film = Some(film);
                Next::Wait
            }
            Err(error) => Next::Save(Err(error.to_string())),
        }
    }
}
