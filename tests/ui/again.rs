//! After a knob only what follows from it runs again: what stands in the buffers is what a whole run gives.

use glassbox::exhibits::Topic;
use glassbox::gpu::{BufId, Externals, Runtime, Session, Source};

use super::lent::lend;
use super::scene::{Scene, report};

topics!(each every_knob leaves_what_a_whole_run_gives);

fn leaves_what_a_whole_run_gives(topic: &'static Topic) {
    let Some(gpu) = lend() else { return };
    let mut scene = Scene::on(&gpu);
    scene.open(topic);
    let (mut complaints, mut spared) = (Vec::new(), 0);
    for end in scene.app.shell.page().ends() {
        let page = scene.app.shell.page();
        let id = page.stage.session().map(Session::id);
        if page.set(&end).is_err() {
            continue;
        }
        // Knob after knob, so that what is spared once is used by the next.
        scene.app.frame();
        scene.app.run_on().unwrap();
        let page = scene.app.shell.page();
        let Some(session) = page.stage.session().filter(|session| Some(session.id()) == id) else { continue };
        spared += 1;
        let plan = session.plan();
        // A counter goes on from the run before.
        let carried = plan.carried();
        let fresh = Session::new(&Runtime::Gpu(gpu.clone()), plan.clone(), &Externals::new()).unwrap();
        fresh.run();
        for (i, buffer) in plan.buffers.iter().enumerate() {
            let buf = BufId(i);
            // Nor does what no step writes, such as the counter of a network that is not in training, hold anything.
            let written = plan.producer(buf).is_some() && !carried.contains(&buf);
            let own = matches!(buffer.source, Source::Temporary) && written;
            if own && session.words(buf).unwrap() != fresh.words(buf).unwrap() {
                complaints.push(format!("{end}: {} is not that of a whole run", buffer.name));
                break;
            }
        }
    }
    complaints.extend(gpu.take_errors());
    report(&complaints);
    assert!(spared > 0, "no knob keeps the session");
}
