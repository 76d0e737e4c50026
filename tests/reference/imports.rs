//! Who takes what from whom among the files of `src`, read from the sources.
//!
//! A path such as `crate::ops::conv::Conv` is followed through the re-exports of `mod.rs` files to the file
//! that defines the item. `mod` declarations and re-exports tie nothing, code under `#[cfg(test)]` is left
//! out, and what is reached through a value (a method) is not seen.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{Token, without_tests};

/// Segments of a path.
type Segments = Vec<String>;

/// A file of `src` as far as imports go.
#[derive(Debug, Default)]
struct Source {
    module: Segments,
    children: BTreeSet<String>,
    defined: BTreeSet<String>,
    macros: BTreeSet<String>,
    /// What `use` brings into scope, by the name that it has here; `*` for all of a module.
    bound: Vec<(String, Segments)>,
    /// What is imported to be used here; re-exports are not.
    imports: BTreeSet<Segments>,
    /// Every other path that the code names.
    paths: BTreeSet<Segments>,
}

/// All files of `src`, by their path below it.
#[derive(Debug, Default)]
pub struct House {
    sources: BTreeMap<String, Source>,
    files: BTreeMap<Segments, String>,
    macros: BTreeMap<String, String>,
}

/// Names that one file takes from another, by both.
pub type Ties = BTreeMap<(String, String), BTreeSet<String>>;

/// What a path leads to.
enum Target {
    Module(Segments),
    Item(String, String),
}

/// The module that a file is: `ops/conv/mod.rs` is `ops::conv`.
fn module_of(file: &str) -> Segments {
    let mut segments: Segments = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if ["mod", "lib"].contains(&segments.last().map_or("", String::as_str)) {
        segments.pop();
    }
    segments
}

/// Paths of a `use` tree behind `prefix`, each with the name that it gets; returns where the tree ends.
fn use_tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<(String, Segments)>,
) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(at) {
            Some(Token::Name(name)) if name == "as" => {
                let alias = tokens.get(at + 1).and_then(Token::name).unwrap_or("_").to_owned();
                found.push((alias, path));
                return at + 2;
            }
            Some(Token::Name(name)) => {
                path.push(name.clone());
                at += 1;
            }
            Some(Token::Path) => at += 1,
            Some(Token::Mark('*')) => {
                found.push(("*".into(), path));
                return at + 1;
            }
            Some(Token::Mark('{')) => {
                at += 1;
                while !matches!(tokens.get(at), None | Some(Token::Mark('}'))) {
                    at = use_tree(tokens, at, &path, found);
                    if tokens.get(at) == Some(&Token::Mark(',')) {
                        at += 1;
                    }
                }
                return at + 1;
            }
            _ => {
                if path.len() > prefix.len() {
                    // `a::b::{self}` is the module `a::b`, called `b` here.
                    let named = path.iter().rev().find(|name| *name != "self");
                    found.push((named.cloned().unwrap_or_default(), path));
                }
                return at;
            }
        }
    }
}

/// Whether a `use` at this place hands names on.
fn is_public(tokens: &[Token], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).and_then(|i| tokens.get(i));
    match before(1) {
        Some(Token::Name(name)) => name == "pub",
        // `pub(crate)`
        Some(Token::Mark(')')) => before(4).and_then(Token::name) == Some("pub"),
        _ => false,
    }
}

impl Source {
    fn read(file: &str, text: &str) -> Self {
        let tokens = without_tests(text);
        let mut source = Self { module: module_of(file), ..Self::default() };
        let mut depth = 0_usize;
        // Depth of a macro call at the top level, such as `params! { Conv { … } }`.
        let mut call = false;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let next = tokens.get(at + 1);
            match token {
                Token::Mark('{') => depth += 1,
                Token::Mark('}') => {
                    depth = depth.saturating_sub(1);
                    call &= depth > 0;
                }
                Token::Mark('!') if depth == 0 => call = next == Some(&Token::Mark('{')),
                Token::Name(word) if word == "use" => {
                    let mut found = Vec::new();
                    let end = use_tree(&tokens, at + 1, &[], &mut found);
                    if !is_public(&tokens, at) {
                        source.imports.extend(found.iter().map(|(_, path)| path.clone()));
                    }
                    source.bound.extend(found);
                    at = end;
                    continue;
                }
                Token::Name(word) if depth == 0 => match (word.as_str(), next) {
                    ("mod", Some(Token::Name(name))) if tokens.get(at + 2) == Some(&Token::Mark(';')) => {
                        source.children.insert(name.clone());
                    }
                    ("macro_rules", _) => {
                        source.macros.extend(tokens.get(at + 2).and_then(Token::name).map(str::to_owned));
                    }
                    (
                        "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union",
                        Some(Token::Name(name)),
                    ) if name != "fn" => {
                        source.defined.insert(name.clone());
                    }
                    _ => {}
                },
                Token::Name(name) if call && depth == 1 && next == Some(&Token::Mark('{')) => {
                    source.defined.insert(name.clone());
                }
                _ => {}
            }
            if token.name().is_some() && next == Some(&Token::Path) {
                let mut path = Vec::new();
                while let Some(name) = tokens.get(at).and_then(Token::name) {
                    path.push(name.to_owned());
                    at += 1;
                    if tokens.get(at) != Some(&Token::Path) {
                        break;
                    }
                    at += 1;
                }
                source.paths.insert(path);
                continue;
            }
            at += 1;
        }
        source
    }
}

impl House {
    /// Reads files: their paths below `src`, and their text.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut house = Self::default();
        for (file, text) in files {
            let source = Source::read(file, text);
            house.files.insert(source.module.clone(), file.to_owned());
            house.macros.extend(source.macros.iter().map(|name| (name.clone(), file.to_owned())));
            house.sources.insert(file.to_owned(), source);
        }
        house
    }

    /// Which file takes which names from which other file.
    pub fn ties(&self) -> Ties {
        let mut ties = Ties::new();
        for (file, source) in &self.sources {
            // Where the code goes on with `conv2d::`, `use super::conv2d;` means the module.
            let entered = |path: &&Segments| {
                let module = [path.as_slice(), &["self".to_owned()]].concat();
                source.paths.iter().any(|p| p.len() > 1 && p.first() == path.last())
                    && matches!(self.resolve(&source.module, &module, 0), Some(Target::Module(_)))
            };
            let imports = source.imports.iter().filter(|path| !entered(path));
            for path in imports.chain(&source.paths) {
                if let Some(Target::Item(other, name)) = self.resolve(&source.module, path, 0)
                    && other != *file
                {
                    ties.entry((file.clone(), other)).or_default().insert(name);
                }
            }
        }
        ties
    }

    fn source(&self, module: &[String]) -> Option<(&String, &Source)> {
        let file = self.files.get(module)?;
        Some((file, &self.sources[file]))
    }

    /// What a path in `module` leads to; `None` outside of `src`.
    fn resolve(&self, module: &[String], path: &[String], depth: usize) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.walk(Vec::new(), rest, depth),
            "self" => self.walk(module.to_vec(), rest, depth),
            "super" => {
                let (_, above) = module.split_last()?;
                // `super::super::a`
                if rest.first().is_some_and(|s| s == "super") {
                    return self.resolve(above, rest, depth);
                }
                self.walk(above.to_vec(), rest, depth)
            }
            name => {
                let (_, source) = self.source(module)?;
                // A path that is bound as it stands, such as `use egui;`, names another crate.
                let here = source.children.contains(name)
                    || source.defined.contains(name)
                    || source.bound.iter().any(|(bound, path)| bound == name && path[0] != *name);
                if here { self.walk(module.to_vec(), path, depth) } else { None }
            }
        }
    }

    /// Goes down `path` from a module.
    fn walk(&self, mut module: Segments, path: &[String], depth: usize) -> Option<Target> {
        // A re-export that leads back to itself.
        if depth > 20 {
            return None;
        }
        let last = path.len();
        for (i, name) in path.iter().enumerate() {
            if name == "self" {
                break;
            }
            let below = [module.as_slice(), std::slice::from_ref(name)].concat();
            let is_module = self.files.contains_key(&below);
            // A function may be called as its module is; the last segment means the function.
            if is_module && i + 1 < last {
                module = below;
                continue;
            }
            let (file, source) = self.source(&module)?;
            if source.defined.contains(name) {
                return Some(Target::Item(file.clone(), name.clone()));
            }
            let named = source.bound.iter().filter(|(bound, _)| bound == name);
            let all = source.bound.iter().filter(|(bound, _)| bound == "*");
            let exported = named
                .map(|(_, path)| path.clone())
                .chain(all.map(|(_, path)| [path.as_slice(), std::slice::from_ref(name)].concat()))
                .filter(|path| path.len() > 1)
                .find_map(|path| self.exported(&module, path, i + 1 < last, depth + 1));
            match exported {
                Some(Target::Module(inner)) => module = inner,
                Some(item) => return Some(item),
                None if is_module => module = below,
                None => {
                    let macros = self.macros.get(name).filter(|_| module.is_empty());
                    return Some(Target::Item(macros.unwrap_or(file).clone(), name.clone()));
                }
            }
        }
        Some(Target::Module(module))
    }

    /// What a name that `path` brings into `module` stands for: rather the module where the path goes on.
    fn exported(&self, module: &[String], mut path: Segments, goes_on: bool, depth: usize) -> Option<Target> {
        if goes_on {
            path.push("self".into());
            if let Some(module @ Target::Module(_)) = self.resolve(module, &path, depth) {
                return Some(module);
            }
            path.pop();
        }
        match self.resolve(module, &path, depth)? {
            // All of a module does not hold what it does not define.
            Target::Item(file, found) if !self.holds(&file, &found) => None,
            target => Some(target),
        }
    }

    fn holds(&self, file: &str, name: &str) -> bool {
        let source = &self.sources[file];
        source.defined.contains(name) || source.macros.contains(name)
    }
}

/// Circles among files, each as its ties: every file of a circle is reached from every other.
pub fn circles(ties: &Ties) -> Vec<Ties> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in ties.keys() {
        next.entry(from).or_default().push(to);
    }
    let reach = |start: &str| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = next.get(start).cloned().unwrap_or_default();
        while let Some(file) = open.pop() {
            if seen.insert(file.to_owned()) {
                open.extend(next.get(file).into_iter().flatten());
            }
        }
        seen
    };
    let reached: BTreeMap<String, BTreeSet<String>> =
        next.keys().map(|file| ((*file).to_owned(), reach(file))).collect();
    let mut done = BTreeSet::new();
    let mut found = Vec::new();
    for (file, all) in &reached {
        if !all.contains(file) || done.contains(file) {
            continue;
        }
        let circle: BTreeSet<&String> =
            all.iter().filter(|other| reached.get(*other).is_some_and(|r| r.contains(file))).collect();
        done.extend(circle.iter().map(|file| (*file).clone()));
        found.push(
            ties.iter()
                .filter(|((from, to), _)| circle.contains(from) && circle.contains(to))
                .map(|(pair, names)| (pair.clone(), names.clone()))
                .collect(),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ties(files: &[(&str, &str)]) -> Vec<String> {
        House::new(files.iter().copied())
            .ties()
            .into_iter()
            .map(|((from, to), names)| format!("{from} {to} {}", Vec::from_iter(names).join(",")))
            .collect()
    }

    const ROOT: (&str, &str) = ("lib.rs", "pub mod a; pub mod d;");
    const FAMILY: (&str, &str) =
        ("a/mod.rs", "mod b; mod c; pub use b::{B, b}; pub(crate) use c::{C as Sea, *}; fn own() {}");
    const B: (&str, &str) = ("a/b.rs", "pub struct B; pub fn b() {} pub const fn n() -> u8 { 0 }");
    const C: (&str, &str) = ("a/c.rs", "params! { /* doc */ C { x: u32 } } pub static D: u8 = 0;");

    #[test]
    fn paths_are_followed_to_the_file_that_defines() {
        let found = |code| ties(&[ROOT, FAMILY, B, C, ("d.rs", code)]);
        assert_eq!(
            found("use crate::a::{B as X, Sea, own};"),
            ["d.rs a/b.rs B", "d.rs a/c.rs C", "d.rs a/mod.rs own"]
        );
        assert_eq!(found("fn f() -> super::a::B { crate::a::D }"), ["d.rs a/b.rs B", "d.rs a/c.rs D"]);
        assert_eq!(
            found("use super::a; fn f() { a::b(); a::own(); }"),
            ["d.rs a/b.rs b", "d.rs a/mod.rs own"]
        );
        assert_eq!(found("fn f() { use crate::a::{self as other}; other::Sea }"), ["d.rs a/c.rs C"]);
    }

    #[test]
    fn a_function_called_as_its_module_is_told_apart() {
        let found = |code| ties(&[ROOT, FAMILY, B, C, ("d.rs", code)]);
        assert_eq!(found("use crate::a::b; fn f() { b() }"), ["d.rs a/b.rs b"]);
        assert_eq!(found("use crate::a::b; fn f() { b::n() }"), ["d.rs a/b.rs n"]);
        assert_eq!(found("use crate::a::b::{self, n};"), ["d.rs a/b.rs n"]);
    }

    #[test]
    fn declarations_re_exports_tests_and_other_crates_tie_nothing() {
        let quiet = "mod x; pub use crate::a::B; #[cfg(test)] mod tests { use crate::a::own; }
            use std::fmt; use egui; fn f() { fmt::Debug; egui::b(); String::new(); // crate::a::own
            let _ = \"crate::a::own\"; }";
        assert!(ties(&[ROOT, FAMILY, B, C, ("d.rs", quiet)]).is_empty());
    }

    #[test]
    fn exported_macros_belong_to_their_file() {
        let b = ("a/b.rs", "#[macro_export] macro_rules! made { () => { $crate::a::own() } }");
        assert_eq!(
            ties(&[ROOT, FAMILY, b, C, ("d.rs", "crate::made!();")]),
            ["a/b.rs a/mod.rs own", "d.rs a/b.rs made"]
        );
    }

    #[test]
    fn circles_are_found_whole_and_chains_are_none() {
        let tie = |from: &str, to: &str| ((from.to_owned(), to.to_owned()), BTreeSet::new());
        let chain = [tie("a", "b"), tie("b", "c"), tie("a", "c")];
        assert!(circles(&Ties::from(chain.clone())).is_empty());
        let mut ties = Ties::from(chain);
        ties.extend([tie("c", "b"), tie("x", "y"), tie("y", "x"), tie("x", "a")]);
        let found: Vec<Vec<_>> = circles(&ties)
            .into_iter()
            .map(|circle| circle.into_keys().map(|(from, _)| from).collect())
            .collect();
        assert_eq!(found, [["b", "c"], ["x", "y"]]);
    }
}
