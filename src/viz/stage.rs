//! What stands behind a page: the exhibit's plan made resident, networks in training, what is looked at in
//! each of them, the audit and the times. Settings unchanged and nothing training: nothing is run.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::audit::Audit;
use super::derived::Derive;
use super::display::{Request, Screen, Stats};
use super::due::Due;
use super::inspect::Inspection;
use super::lens::{Lens, Of, Scene, Versions};
use super::times::Times;
use super::work::{Looked, StageError, Work, look_at, turn};
use crate::gpu::{Affected, BufId, Gpu, GpuError, Plan, Probe, Runtime, Session, Tensor};
use crate::nn::{Kept, LookId, Pace, Player, RunId};

/// Frames from one drawing of a network in training to the next while it plays: ten a second.
const FRAMES_BETWEEN_LOOKS: u64 = 6;

/// Steps of a plan from which on making them resident takes longer than a frame on a processor.
const MANY_STEPS: usize = 48;

/// Share of a frame's time that training takes in a window.
pub const TRAINING_BUDGET: Duration = Duration::from_millis(12);

/// Floating-point operations from which on the same is true of running them once.
const MANY_PRODUCTS: f64 = 2e6;

/// What stands behind a page.
pub struct Stage {
    pub(super) runtime: Runtime,
    screen: Screen,
    pub(super) plan: Option<Session>,
    player: Option<Player>,
    /// What the networks in training were made with, and what they are shown.
    trained: String,
    looked: Vec<Looked>,
    looks: Vec<LookId>,
    /// How training is paced.
    pub pace: Pace,
    pub(super) lenses: BTreeMap<Of, Lens>,
    /// What of the plan is to be run.
    pub(super) due: Due,
    /// The version of the networks that is drawn, and since which frame.
    drawn: (u64, u64),
    pub(super) work: u64,
    frame: u64,
    pub(super) probe: Option<Probe>,
    pub(super) times: Times,
    /// When the results last changed; the audit waits for a pause after it.
    changed_at: Instant,
    /// Comparison of what is on screen with the reference.
    pub audit: Audit,
    /// Whether pictures stand on a dark ground.
    pub dark: bool,
    /// The element under the pointer, or pinned.
    pub inspection: Inspection,
    /// What went wrong while drawing; shown in place.
    pub(super) problem: Option<String>,
}

impl Stage {
    /// An empty stage.
    pub fn new(runtime: &Runtime, screen: &Screen) -> Self {
        Self {
            runtime: runtime.clone(),
            screen: screen.clone(),
            plan: None,
            player: None,
            trained: String::new(),
            looked: Vec::new(),
            looks: Vec::new(),
            pace: Pace::Fill(TRAINING_BUDGET),
            lenses: BTreeMap::new(),
            due: Due::default(),
            drawn: (0, 0),
            work: 0,
            frame: 0,
            probe: runtime.gpu().map(Probe::new),
            times: Times::default(),
            changed_at: Instant::now(),
            audit: Audit::default(),
            dark: true,
            inspection: Inspection::default(),
            problem: None,
        }
    }

    /// Shows other work: the session is kept if only parameters and constants of the plan differ, the
    /// networks train on if they were made with the same (`made_with`). `kept`: where they were when they
    /// were left. A plan that would compute what is there already changes nothing.
    ///
    /// # Errors
    /// If the adapter refuses anything; then all that was there stays.
    pub fn load(&mut self, work: Work, made_with: &str, kept: Option<Kept>) -> Result<(), StageError> {
        let Work { plan, contenders, looked, planned, judged, .. } = work;
        let again = self.player.is_some() && self.trained == made_with && !contenders.is_empty();
        let mut player = None;
        if !again && !contenders.is_empty() {
            player = Some(match kept {
                Some(kept) => Player::resume(&self.runtime, &contenders, kept)?,
                None => {
                    let mut player = Player::new(&self.runtime, &contenders)?;
                    player.plan_steps(planned);
                    if let Some((every, batches)) = judged {
                        player.evaluate_every(every, batches);
                    }
                    player
                }
            });
        }
        let mut looks = None;
        if !again || !turn(self.player.as_mut(), &self.looks, [&self.looked, &looked]) {
            let shown = if again { self.player.as_mut() } else { player.as_mut() };
            looks = shown.map(|player| look_at(player, &looked)).transpose()?;
        }
        self.load_plan(plan)?;
        if let Some(looks) = looks {
            let before = std::mem::replace(&mut self.looks, looks);
            if again && let Some(player) = &mut self.player {
                before.into_iter().for_each(|id| player.look_away(id));
            }
            self.forget(|of| matches!(of, Of::Looking(_)));
        }
        if !again {
            let before = std::mem::replace(&mut self.player, player);
            made_with.clone_into(&mut self.trained);
            self.forget_networks(before.as_ref());
        }
        self.looked = looked;
        self.problem = None;
        Ok(())
    }

    /// Whether this is work that somebody would have to wait for: networks to be made, programs to be compiled, many
    /// steps.
    pub fn takes_long(&self, work: &Work) -> bool {
        let new = |gpu: &Gpu| work.plan.kernels().iter().any(|kernel| !gpu.has_compiled(kernel, None));
        let long = work.plan.steps.len() > MANY_STEPS || !work.contenders.is_empty();
        let much = |gpu: &Gpu| gpu.profile.software && work.plan.flops() > MANY_PRODUCTS;
        long || self.runtime.gpu().is_some_and(|gpu| new(gpu) || much(gpu))
    }

    /// Lets go of what is known of networks that have others in their place. The numbers of those that are built alike stay
    /// until the new ones arrive, so that a page does not go blank while somebody drags a knob that restarts them.
    fn forget_networks(&mut self, before: Option<&Player>) {
        let now = self.player.as_ref();
        let alike = |run: RunId| {
            let [before, now] = [before, now].map(|player| Some(player?.runs().get(run.0)?.session().plan()));
            before.zip(now).is_some_and(|(before, now)| before.same_structure(now))
        };
        self.lenses.retain(|of, lens| match *of {
            Of::Plan => true,
            Of::Looking(_) => false,
            Of::Training(run) => {
                lens.succeed();
                alike(run)
            }
        });
        self.inspection.release(|of| of != Of::Plan);
        self.audit.reset();
    }

    /// Lets go of what is known of sessions that are gone.
    fn forget(&mut self, gone: impl Fn(Of) -> bool) {
        self.lenses.retain(|of, _| !gone(*of));
        self.inspection.release(gone);
        self.audit.reset();
    }

    fn load_plan(&mut self, plan: Plan) -> Result<(), GpuError> {
        if self.plan.as_ref().is_some_and(|s| s.plan().same_results(&plan)) {
            return Ok(());
        }
        if let Some(affected) = self.plan.as_mut().and_then(|session| session.adopt(&plan)) {
            self.due.change(&affected);
        } else {
            // Of a plan that waits to be run nothing can be taken over.
            let before = self.plan.as_ref().filter(|_| !self.due.waits());
            let (session, left) = match before {
                Some(before) => before.succeed(plan)?,
                None => {
                    let left = Affected::all(&plan);
                    (Session::new(&self.runtime, plan, &crate::gpu::Externals::new())?, left)
                }
            };
            self.unpin_another(session.plan());
            self.lenses.entry(Of::Plan).or_default().keep(&left);
            self.times.begin(self.runtime.gpu(), &left);
            self.due.begin(session.plan(), &left);
            self.plan = Some(session);
        }
        self.plan.iter().for_each(|session| self.due.measure(session));
        self.changed_at = Instant::now();
        self.audit.reset();
        Ok(())
    }

    /// Lets go of a pin whose buffer holds something else in another plan.
    fn unpin_another(&mut self, next: &Plan) {
        let Some(spot) = self.inspection.pinned.filter(|spot| spot.element.of == Of::Plan) else { return };
        let name = |plan: &Plan| plan.buffers.get(spot.element.buf.0).map(|buffer| buffer.name.clone());
        if self.plan().is_some_and(|plan| name(plan) != name(next)) {
            self.inspection.pinned = None;
        }
    }

    /// The recorded plan.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref().map(Session::plan)
    }

    /// What runs the recorded plan.
    pub fn session(&self) -> Option<&Session> {
        self.plan.as_ref()
    }

    /// Every session on the stage, and which it is.
    pub fn sessions(&self) -> Vec<(Of, &Session)> {
        let runs = self.player.iter().flat_map(|player| (0..player.runs().len()).map(RunId));
        let all =
            std::iter::once(Of::Plan).chain(runs.map(Of::Training)).chain(self.looks().map(Of::Looking));
        all.filter_map(|of| Some((of, self.session_of(of)?))).collect()
    }

    /// The inputs that networks in training are shown, in the order in which they were asked for.
    pub fn looks(&self) -> impl Iterator<Item = LookId> {
        self.looks.iter().copied()
    }

    /// One of the sessions on the stage.
    pub fn session_of(&self, of: Of) -> Option<&Session> {
        session_of(&self.plan, &self.player, of)
    }

    /// The networks in training.
    pub fn player(&self) -> Option<&Player> {
        self.player.as_ref()
    }

    /// The networks in training, to be played.
    pub fn player_mut(&mut self) -> Option<&mut Player> {
        self.player.as_mut()
    }

    /// Names of the kernels of all sessions, each once, in order of first use.
    pub fn kernels(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for name in self.sessions().into_iter().flat_map(|(_, session)| session.plan().kernels()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// What the networks in training were made with.
    pub fn made_with(&self) -> &str {
        &self.trained
    }

    /// Adapter or reference.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Counts changes of the plan's results.
    pub fn version(&self) -> u64 {
        self.due.version()
    }

    /// Counts changes of a session's results, as they are drawn.
    pub(super) fn version_of(&self, of: Of) -> u64 {
        if of == Of::Plan { self.due.version() } else { self.drawn.0 }
    }

    /// Plans run, maps coloured and buffers read back so far; stands still while nothing changes.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Milliseconds of each step of the plan on the GPU when it last ran; empty where the adapter does not tell.
    pub fn step_millis(&self) -> &[f64] {
        self.times.millis()
    }

    /// Seconds since the results last changed.
    pub fn calm_secs(&self) -> f32 {
        self.changed_at.elapsed().as_secs_f32()
    }

    /// What went wrong while drawing.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// A session and its lens.
    fn look(&mut self, of: Of) -> Option<(Scene<'_>, &mut Lens)> {
        let session = session_of(&self.plan, &self.player, of)?;
        let versions = Versions::of(of, &self.due, self.drawn.0);
        let (runtime, screen, frame) = (&self.runtime, &self.screen, self.frame);
        Some((Scene { runtime, screen, session, versions, frame }, self.lenses.entry(of).or_default()))
    }

    /// Keeps what went wrong, to be shown in place.
    fn note<T>(&mut self, done: Result<T, GpuError>) -> Option<T> {
        done.map_err(|e| self.problem = Some(e.to_string())).ok()
    }

    /// The texture that shows a map in this frame, where it lies in it, and its statistics.
    pub(super) fn picture(
        &mut self,
        of: Of,
        request: &Request,
        index: usize,
    ) -> Option<(Option<egui::TextureId>, egui::Rect, Option<Stats>)> {
        let (scene, lens) = self.look(of)?;
        let shown = lens.display(&scene, request);
        let shown = shown.map(|d| d.map(|d| (d.texture(), d.uv(index), d.stats(index))));
        self.note(shown).flatten()
    }

    /// The numbers that `derive` computes of a tensor; `name` tells one kind from another. `None` until
    /// they are there; between a change and its arrival the last are given.
    pub fn derived(
        &mut self,
        of: Of,
        tensor: &Tensor,
        name: &'static str,
        derive: Derive,
    ) -> Option<Rc<Vec<f32>>> {
        let (scene, lens) = self.look(of)?;
        let numbers = lens.derived(&scene, tensor, name, derive);
        self.note(numbers).flatten()
    }

    /// A buffer's values; asks for them where they are not there yet. Between a change and its arrival the
    /// last values are given.
    pub fn values(&mut self, of: Of, buf: BufId) -> Option<Rc<Vec<f32>>> {
        let (scene, lens) = self.look(of)?;
        lens.values(&scene, buf)
    }

    /// The values of this very version, or `None` while they are on their way.
    pub fn fresh_values(&mut self, of: Of, buf: BufId) -> Option<Rc<Vec<f32>>> {
        let (scene, lens) = self.look(of)?;
        let values = lens.values(&scene, buf);
        values.filter(|_| lens.is_fresh(&scene, buf))
    }

    /// Takes in what has arrived; before the page is drawn.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        let arrived = self.probe.as_mut().map(Probe::collect).unwrap_or_default();
        for (ticket, words) in arrived {
            if self.times.deliver(ticket, &words) {
                continue;
            }
            if self.audit.deliver(ticket, &words) {
                continue;
            }
            for (of, lens) in &mut self.lenses {
                if let Some(session) = session_of(&self.plan, &self.player, *of) {
                    lens.deliver(session, ticket, &words);
                }
            }
        }
        if let Some(player) = &mut self.player {
            let (version, since) = self.drawn;
            let due = !player.is_playing() || self.frame >= since + FRAMES_BETWEEN_LOOKS;
            if player.version() != version && due {
                self.drawn = (player.version(), self.frame);
                self.audit.reset();
            }
        }
    }

    /// Records this frame's work: the plan if it changed, steps of training, the textures that were drawn,
    /// the readbacks that were asked for. Networks that do not train wait for the frame after a change of the
    /// plan: whoever drags a knob that restarts them sees the plan follow, and they begin anew when it rests.
    pub fn encode(&mut self, mut encoder: Option<&mut wgpu::CommandEncoder>) {
        let changed = self.due.waits();
        if changed
            && !self.due.is_long()
            && let Some(session) = &self.plan
        {
            self.work += 1;
            for steps in self.due.take() {
                session.encode_range(encoder.as_deref_mut(), steps, self.times.timing());
            }
            if let (Some(encoder), Some(probe)) = (encoder.as_deref_mut(), &mut self.probe) {
                self.times.ask(encoder, probe);
            }
        }
        if let Some(player) = self.player.as_mut().filter(|player| player.is_playing() || !changed) {
            match player.frame(encoder.as_deref_mut(), self.pace) {
                Ok(steps) => self.work += steps as u64,
                Err(e) => self.problem = Some(e.to_string()),
            }
        }
        for (&of, lens) in &mut self.lenses {
            let Some(session) = session_of(&self.plan, &self.player, of) else { continue };
            let versions = Versions::of(of, &self.due, self.drawn.0);
            let (runtime, screen, frame) = (&self.runtime, &self.screen, self.frame);
            let scene = Scene { runtime, screen, session, versions, frame };
            match lens.encode(&scene, encoder.as_deref_mut(), self.probe.as_mut()) {
                Ok(done) => self.work += done,
                Err(e) => self.problem = Some(e.to_string()),
            }
        }
        self.gather(encoder);
    }

    /// Textures made so far for the sessions on the stage: dragging a slider makes none.
    pub fn textures_made(&self) -> u64 {
        self.lenses.values().map(Lens::made).sum()
    }

    /// Whether numbers are still on their way, so that another frame is due.
    pub fn pending(&self) -> bool {
        let player = self.player.as_ref();
        self.probe.as_ref().is_some_and(Probe::pending)
            || self.lenses.iter().any(|(of, lens)| lens.wants(|buf| self.has(*of, buf)))
            || (self.due.waits() && !self.due.is_stopped())
            || self.audit.is_asked()
            || player.is_some_and(|p| p.version() != self.drawn.0)
    }

    /// Whether networks train, or are on their way to the step that is looked at.
    pub fn busy(&self) -> bool {
        self.player.as_ref().is_some_and(Player::busy)
    }

    /// Whether this stage was made on another device than `gpu`.
    pub fn is_of(&self, gpu: &Gpu) -> bool {
        self.runtime.gpu().is_some_and(|mine| mine.generation == gpu.generation)
    }
}

/// One of the sessions of a plan and a player.
fn session_of<'s>(plan: &'s Option<Session>, player: &'s Option<Player>, of: Of) -> Option<&'s Session> {
    match of {
        Of::Plan => plan.as_ref(),
        Of::Training(run) => Some(player.as_ref()?.run(run).session()),
        Of::Looking(look) => Some(player.as_ref()?.looking(look)?.session()),
    }
}
