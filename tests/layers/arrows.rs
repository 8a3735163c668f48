//! Which file uses which: paths are followed through imports and re-exports to the file that defines what they name.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Files, Modules, Path};

/// Re-exports may go in circles, as globs of each other do.
const DEEPEST: usize = 32;

enum Target {
    Module(usize),
    /// What a module defines.
    Item(usize),
}

/// The files that each file uses.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

pub struct Map {
    modules: Modules,
    /// The only file with an inherent method of this name, and the file of its type.
    methods: BTreeMap<String, (String, String)>,
}

impl Map {
    pub fn of(files: &Files) -> Map {
        let mut map = Map { modules: Modules::of(files), methods: BTreeMap::new() };
        map.methods = map.split_methods();
        map
    }

    /// Methods that stand in another file than their type.
    fn split_methods(&self) -> BTreeMap<String, (String, String)> {
        let mut all: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
        for (at, module) in self.modules.0.iter().enumerate() {
            for (of, method) in &module.methods {
                let home = match self.resolve(at, of, 0) {
                    Some(Target::Item(home)) => self.modules.0[home].file.clone(),
                    _ => module.file.clone(),
                };
                all.entry(method.clone()).or_default().insert((module.file.clone(), home));
            }
        }
        let only = all.into_iter().filter(|(_, places)| places.len() == 1);
        only.filter_map(|(method, places)| Some((method, places.into_iter().next()?)))
            .filter(|(_, (file, home))| file != home)
            .collect()
    }

    /// The arrows between files; with those of comments, if they are asked for.
    pub fn arrows(&self, with_comments: bool) -> Arrows {
        let mut arrows = Arrows::new();
        for (at, module) in self.modules.0.iter().enumerate() {
            let uses = arrows.entry(module.file.clone()).or_default();
            let mut note = |file: &str| {
                if file != module.file {
                    uses.insert(file.to_owned());
                }
            };
            let imported = module.imports.iter().filter(|import| import.name.is_some()).map(|import| &import.path);
            let links = module.links.iter().filter(|_| with_comments);
            for path in imported.chain(&module.paths).chain(links) {
                if let Some(Target::Item(target)) = self.resolve(at, path, 0) {
                    note(&self.modules.0[target].file);
                }
            }
            for name in module.names.iter().filter(|name| !module.items.contains(*name)) {
                if let Some(Target::Item(target)) = self.in_globs(at, name, 0) {
                    note(&self.modules.0[target].file);
                }
            }
            // A call says nothing of its type: it counts where the type is known.
            let known = uses.clone();
            let calls = module.calls.iter().filter_map(|call| self.methods.get(call));
            uses.extend(
                calls
                    .filter(|(file, home)| *file != module.file && (*home == module.file || known.contains(home)))
                    .map(|(file, _)| file.clone()),
            );
        }
        arrows
    }

    /// The files that may only declare, and do more.
    pub fn roots_that_define(&self) -> Vec<String> {
        let is_root = |file: &str| file == "lib.rs" || file.ends_with("/mod.rs");
        let roots = self.modules.0.iter().filter(|module| is_root(&module.file) && !module.definitions.is_empty());
        roots.map(|module| format!("{} defines {}", module.file, module.definitions.join(", "))).collect()
    }

    /// Each string literal, with its file.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules.0.iter().flat_map(|module| module.texts.iter().map(|text| (&*module.file, &**text)))
    }

    fn resolve(&self, from: usize, path: &Path, depth: usize) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let module = &self.modules.0[from];
        let start = match first.as_str() {
            "crate" => Target::Module(Modules::ROOT),
            "self" => Target::Module(from),
            "super" => Target::Module(module.parent?),
            name => self.named(from, name, depth)?,
        };
        rest.iter().try_fold(start, |target, name| match (target, name.as_str()) {
            (Target::Module(at), "super") => Some(Target::Module(self.modules.0[at].parent?)),
            (Target::Module(at), name) => self.named(at, name, depth),
            (item, _) => Some(item),
        })
    }

    /// What a name stands for in a module.
    fn named(&self, at: usize, name: &str, depth: usize) -> Option<Target> {
        if depth > DEEPEST {
            return None;
        }
        let module = &self.modules.0[at];
        if let Some(child) = module.children.get(name) {
            return Some(Target::Module(*child));
        }
        if module.items.contains(name) {
            return Some(Target::Item(at));
        }
        let mut imports = module.imports.iter().filter(|import| import.name.as_deref() == Some(name));
        imports.find_map(|import| self.resolve(at, &import.path, depth + 1)).or_else(|| self.in_globs(at, name, depth))
    }

    fn in_globs(&self, at: usize, name: &str, depth: usize) -> Option<Target> {
        let mut globs = self.modules.0[at].imports.iter().filter(|import| import.name.is_none());
        globs.find_map(|glob| match self.resolve(at, &glob.path, depth + 1)? {
            Target::Module(of) if of != at => self.named(of, name, depth + 1),
            _ => None,
        })
    }
}

/// The circles between files: each file of one can be reached from all others of it.
pub fn circles(arrows: &Arrows) -> Vec<Vec<String>> {
    let reached = |from: &String| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
        while let Some(file) = waiting.pop() {
            for next in arrows.get(file).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    waiting.push(next);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = arrows.keys().map(|file| (file, reached(file))).collect();
    let mut circles = BTreeSet::new();
    for (file, others) in &reached {
        let circle: Vec<String> = others
            .iter()
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(*file)))
            .cloned()
            .collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}
