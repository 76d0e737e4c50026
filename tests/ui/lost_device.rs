//! The device goes, the program goes on: same page, same settings, same picture on another one.

use glassbox::exhibits::topic;
use glassbox::gpu::{GpuError, Runtime};

use super::adapter::open;
use super::scene::{Scene, difference, vivid_colours};

#[test]
fn a_lost_device_is_replaced_and_the_picture_is_the_same() {
    let Some(gpu) = open() else { return };
    let mut scene = Scene::on(&gpu);
    for slug in ["dropout", "stride"] {
        scene.open(topic(slug).unwrap());
    }
    scene.app.shell.page().set("stride=5").unwrap();
    let before = scene.centre();
    assert!(vivid_colours(&before) > 100);

    gpu.device.destroy();
    // A frame may be under way when it happens, with a setting moved in it.
    scene.app.frame();
    scene.app.shell.page().set("image=grid").unwrap();
    scene.app.frame();
    assert!(matches!(scene.app.settle(), Err(GpuError::Lost(_))));
    assert!(gpu.is_lost());
    scene.app.shell.page().set("image=photo").unwrap();

    let next = open().unwrap();
    scene.app.reopen(&Runtime::Gpu(next.clone())).unwrap();
    let after = scene.centre();
    assert!(difference(&before, &after) < 0.01, "the pictures differ by {}", difference(&before, &after));
    assert_eq!(scene.app.shell.page().settings().get("stride"), Some("5"));
    assert!(scene.app.shell.page().stage.is_of(&next));
    assert!(matches!(scene.app.audit().unwrap(), Some((_, true))));
    // The page that was not on screen has moved, too.
    scene.open(topic("dropout").unwrap());
    assert!(vivid_colours(&scene.last_centre()) > 100);
    assert_eq!(next.take_errors(), Vec::<String>::new());
}
