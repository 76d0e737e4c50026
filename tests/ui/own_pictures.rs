//! Groups of the user's own pictures: dropped together, learned on the page of transfer learning, and the head taken away.

use std::path::{Path, PathBuf};

use glassbox::app::export::Served;
use glassbox::data::gallery::Sample;
use glassbox::exhibits::topic;
use glassbox::models::Network;
use glassbox::recipes::own::{Head, example_pictures};

use super::adapter::shared;
use super::opening::drop_on;
use super::scene::Scene;

/// Makes a folder of `count` of the example's squares of a group.
fn group(whole: &Path, name: &str, count: usize) -> PathBuf {
    let folder = whole.join(name);
    std::fs::create_dir(&folder).unwrap();
    let (_, pictures) = example_pictures().into_iter().find(|(group, _)| *group == name).unwrap();
    for (i, picture) in pictures.iter().take(count).enumerate() {
        let pixels = image::RgbImage::from_raw(picture.width(), picture.height(), picture.rgb().to_vec());
        pixels.unwrap().save(folder.join(format!("{i}.png"))).unwrap();
    }
    folder
}

fn names(scene: &Scene) -> Vec<(String, usize)> {
    let own = scene.app.shell.inputs.own_pictures();
    own.groups.iter().map(|group| (group.name.clone(), group.pictures.len())).collect()
}

#[test]
fn folders_that_are_dropped_together_are_learned_and_the_head_is_taken_away() {
    let Some(gpu) = shared() else { return };
    let whole = tempfile::tempdir().unwrap();
    let folders = [group(whole.path(), "cat", 4), group(whole.path(), "coffee", 3)];
    std::fs::write(folders[0].join("notes.txt"), "no picture").unwrap();
    let mut scene = Scene::on(gpu);
    let other = topic("zero-init").unwrap();
    scene.open(other);
    scene.app.train(5).unwrap();
    assert_eq!(names(&scene).len(), 4, "an example before");
    drop_on(&mut scene, &folders);

    let told = |names: [(&str, usize); 2]| names.map(|(name, count)| (name.to_owned(), count)).to_vec();
    assert_eq!(names(&scene), told([("cat", 4), ("coffee", 3)]));
    let shell = &mut scene.app.shell;
    assert_eq!(shell.page().topic.slug, "transfer-learning");
    assert_eq!(shell.page().settings().get("task"), Some("your pictures"));
    let [notice] = shell.notices() else { panic!("{:?}", shell.notices()) };
    assert!(notice.starts_with("1 file is left out: ") && notice.ends_with("notes.txt"), "{notice}");
    let said = shell.page().caption().unwrap().text();
    assert!(said.starts_with("5 pictures of 2 groups"), "{said}");

    scene.app.train(10).unwrap();
    scene.app.shell.save_learned();
    let Served::Save(made) = scene.app.serve() else { panic!("nothing was saved") };
    let path = whole.path().join(&made.name);
    std::fs::write(&path, &made.files[0].1).unwrap();
    let head = Head::load(&path).unwrap();
    assert_eq!(
        (&*head.groups, head.model),
        (&["cat", "coffee"].map(str::to_owned)[..], Network::embedded().identity())
    );
    let line = scene.app.command_line();
    let opened = folders.map(|folder| format!("--open {}", folder.display()));
    assert!(opened.iter().all(|open| line.contains(open)), "{line}");

    // Other groups begin anew, whatever was learned before; one whole folder holds them as well.
    let more = whole.path().join("more");
    std::fs::create_dir(&more).unwrap();
    group(&more, "palace", 2);
    group(&more, "camera", 2);
    drop_on(&mut scene, &[more]);
    assert_eq!(names(&scene), told([("camera", 2), ("palace", 2)]));
    assert_eq!(scene.app.shell.page().player().unwrap().step(), 0);
    // What learns nothing of them goes on where it was.
    scene.open(other);
    assert_eq!(scene.app.shell.page().player().unwrap().step(), 5);
    assert!(gpu.take_errors().is_empty());
}

#[test]
fn folders_that_are_no_groups_are_refused_and_what_was_there_stays() {
    let Some(gpu) = shared() else { return };
    let whole = tempfile::tempdir().unwrap();
    let (many, one) = (group(whole.path(), "cat", 3), group(whole.path(), "coffee", 1));
    let mut scene = Scene::on(gpu);
    scene.open(topic("stride").unwrap());
    for (given, says) in [
        (vec![many.clone(), one.clone()], "coffee has 1 of at least 2 pictures"),
        (vec![many.clone()], "drop folders of pictures together"),
        (vec![many.clone(), many], "two groups are called cat"),
    ] {
        drop_on(&mut scene, &given);
        let notice = scene.app.shell.notices().last().unwrap();
        assert!(notice.contains(says), "{notice}");
    }
    assert_eq!(names(&scene).len(), 4);
    assert_eq!(scene.app.shell.page().topic.slug, "stride");
}

#[test]
fn a_picture_beside_folders_is_shown_and_the_folders_are_learned() {
    let Some(gpu) = shared() else { return };
    let whole = tempfile::tempdir().unwrap();
    let folders = [group(whole.path(), "cat", 2), group(whole.path(), "coffee", 2)];
    let rocket = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/images/rocket.jpg");
    let mut scene = Scene::on(gpu);
    drop_on(&mut scene, &[folders[0].clone(), rocket, folders[1].clone()]);
    assert_eq!(scene.app.shell.inputs.picture().name(), Sample::named("rocket").unwrap().file());
    assert_eq!(names(&scene).len(), 2);
}
