//! A crate's modules: which file each is in, in which order they are declared, what names they define and import. Which file a path
//! such as `crate::log::Plans` means follows from that. Who may import what is left to the rules.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Meta, UseTree, Visibility};

use crate::sources::Sources;

/// The names of modules from the crate's root to one of them; empty for the root itself.
pub(crate) type ModulePath = Vec<String>;

/// How many re-exports of re-exports are followed.
const MAX_STEPS: usize = 16;

pub(crate) struct Module {
    pub(crate) file: String,
    /// The modules that it declares, in their order, but for those of tests.
    pub(crate) children: Vec<String>,
    /// The types, functions and so on that it defines.
    items: BTreeSet<String>,
    /// What it imports, anywhere in it.
    pub(crate) imports: Vec<Import>,
}

/// One name of a `use`.
#[derive(Clone)]
pub(crate) struct Import {
    /// The path as it is written.
    pub(crate) path: Vec<String>,
    /// The name that it has here; none for a glob.
    pub(crate) name: Option<String>,
    /// Whether others may import it from here.
    pub(crate) exported: bool,
}

/// What a path means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Module(ModulePath),
    /// Something that this module defines.
    Item(ModulePath),
}

impl Target {
    pub(crate) const fn module(&self) -> &ModulePath {
        match self {
            Self::Module(module) | Self::Item(module) => module,
        }
    }
}

pub(crate) struct Modules {
    pub(crate) modules: BTreeMap<ModulePath, Module>,
    /// The parsed files that the modules are in.
    pub(crate) files: BTreeMap<String, syn::File>,
}

impl Modules {
    /// Follows the `mod` lines from `src/lib.rs`, or from `src/main.rs` where there is no library. A crate that is nothing but
    /// tests has no modules.
    pub(crate) fn of(sources: &Sources) -> Self {
        let mut modules = Self { modules: BTreeMap::new(), files: BTreeMap::new() };
        let root = ["src/lib.rs", "src/main.rs"].into_iter().find(|root| sources.files.contains_key(*root));
        if let Some(root) = root {
            modules.file(sources, Vec::new(), root);
        }
        modules
    }

    /// The modules that the root declares, in their order, and the root's file.
    pub(crate) fn order(&self) -> (&[String], &str) {
        self.modules.get(&Vec::new()).map_or((&[], ""), |root| (&root.children, &root.file))
    }

    fn file(&mut self, sources: &Sources, path: ModulePath, file: &str) {
        let text = sources.files.get(file).unwrap_or_else(|| panic!("{} does not exist", sources.path(file)));
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", sources.path(file)));
        let (folder, name) = file.rsplit_once('/').expect("a file in src/");
        let below = match name {
            "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
            _ => file.trim_end_matches(".rs").to_owned(),
        };
        self.module(sources, path, file, &below, &parsed.items);
        self.files.insert(file.to_owned(), parsed);
    }

    /// Adds a module and those in it; `below` is the folder in which its own modules' files are.
    fn module(&mut self, sources: &Sources, path: ModulePath, file: &str, below: &str, items: &[Item]) {
        let mut module =
            Module { file: file.to_owned(), children: Vec::new(), items: BTreeSet::new(), imports: Vec::new() };
        for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
            module.items.extend(name(item));
            Uses(&mut module.imports).visit_item(item);
            let Item::Mod(child) = item else { continue };
            let name = child.ident.to_string();
            let path: ModulePath = path.iter().cloned().chain([name.clone()]).collect();
            if let Some((_, items)) = &child.content {
                self.module(sources, path, file, &format!("{below}/{name}"), items);
            } else {
                let places = [format!("{below}/{name}.rs"), format!("{below}/{name}/mod.rs")];
                let place = places.iter().find(|place| sources.files.contains_key(*place));
                let place = place.unwrap_or_else(|| panic!("{}: mod {name}; has no file", sources.path(file)));
                self.file(sources, path, place);
            }
            module.children.push(name);
        }
        self.modules.insert(path, module);
    }

    /// What a path that is written in `module` means; none when it leads out of the crate or to a local name.
    pub(crate) fn resolve(&self, module: &ModulePath, path: &[String]) -> Option<Target> {
        self.from(module, path, MAX_STEPS)
    }

    fn from(&self, module: &ModulePath, path: &[String], steps: usize) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.walk(Vec::new(), rest, steps),
            "self" => self.walk(module.clone(), rest, steps),
            "super" => {
                let mut parent = module.clone();
                parent.pop();
                // `super::super::x` continues from there.
                if rest.first().is_some_and(|next| next == "super") {
                    self.from(&parent, rest, steps)
                } else {
                    self.walk(parent, rest, steps)
                }
            }
            _ => {
                let here = self.modules.get(module)?;
                if let Some(import) = here.imports.iter().find(|import| import.name.as_ref() == Some(first)) {
                    // `use crate::log::Plans` means another `log` than `use log::info` does.
                    if import.path.first() == Some(first) && import.path.len() == 1 {
                        return None;
                    }
                    return match self.from(module, &import.path, steps)? {
                        Target::Module(module) => self.walk(module, rest, steps),
                        item @ Target::Item(_) => Some(item),
                    };
                }
                let child: ModulePath = module.iter().cloned().chain([first.clone()]).collect();
                if self.modules.contains_key(&child) { self.walk(child, rest, steps) } else { None }
            }
        }
    }

    fn walk(&self, module: ModulePath, path: &[String], steps: usize) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let Some((next, rest)) = path.split_first() else { return Some(Target::Module(module)) };
        let child: ModulePath = module.iter().cloned().chain([next.clone()]).collect();
        if self.modules.contains_key(&child) {
            return self.walk(child, rest, steps);
        }
        let here = self.modules.get(&module)?;
        if here.items.contains(next) {
            return Some(Target::Item(module));
        }
        if let Some(import) = here.imports.iter().find(|import| import.name.as_ref() == Some(next)) {
            return match self.from(&module, &import.path, steps) {
                Some(Target::Module(found)) if !rest.is_empty() => self.walk(found, rest, steps),
                Some(found) => Some(found),
                // What another crate defines counts as this module's.
                None => Some(Target::Item(module)),
            };
        }
        for import in here.imports.iter().filter(|import| import.name.is_none()) {
            if let Some(Target::Module(found)) = self.from(&module, &import.path, steps)
                && found != module
                && self.modules.get(&found).is_some_and(|module| module.items.contains(next))
            {
                return Some(Target::Item(found));
            }
        }
        // Something that a macro defines.
        Some(Target::Item(module))
    }
}

/// The names of `use` items, including those inside functions; names in inline modules belong to those.
struct Uses<'a>(&'a mut Vec<Import>);

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.0.extend(flatten(item));
    }

    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }
}

/// `use a::{b, c::{self, D as E}, f::*}` as the paths `a::b`, `a::c`, `a::c::D` and `a::f`.
pub(crate) fn flatten(item: &ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    let exported = !matches!(item.vis, Visibility::Inherited);
    flatten_into(&item.tree, &mut Vec::new(), exported, &mut found);
    found
}

fn flatten_into(tree: &UseTree, path: &mut Vec<String>, exported: bool, found: &mut Vec<Import>) {
    let mut add = |path: Vec<String>, name| found.push(Import { path, name, exported });
    let with = |name: &syn::Ident| path.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            flatten_into(&part.tree, path, exported, found);
            path.pop();
        }
        UseTree::Name(name) if name.ident == "self" => add(path.clone(), path.last().cloned()),
        UseTree::Name(name) => add(with(&name.ident), Some(name.ident.to_string())),
        UseTree::Rename(name) if name.ident == "self" => add(path.clone(), Some(name.rename.to_string())),
        UseTree::Rename(name) => add(with(&name.ident), Some(name.rename.to_string())),
        UseTree::Glob(_) => add(path.clone(), None),
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten_into(tree, path, exported, found);
            }
        }
    }
}

/// Whether an item is compiled for tests alone.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all") && condition.contains("test")
        }
        _ => false,
    })
}

pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
