//! Which file of a crate imports which other, and by what path: in `use` items, expressions, types, attributes and inside macros.
//!
//! These are not imports: a `mod` line; what is compiled for tests alone; and a `pub use` of what is below the module itself, because
//! it is only a signpost. Whoever imports through the signpost imports the file that it names.

use std::collections::{BTreeMap, BTreeSet};

use syn::buffer::{Cursor, TokenBuffer};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, LitStr, Macro, Meta, Path, VisRestricted};

use crate::modules::{ModulePath, Modules, Target, attributes, flatten, is_for_tests};

/// From each file to those that it imports, each with the path that does so first.
pub(crate) type Imports = BTreeMap<String, BTreeMap<String, String>>;

pub(crate) fn imports(modules: &Modules) -> Imports {
    let mut found = Imports::new();
    for (name, file) in &modules.files {
        let module = modules.modules.iter().filter(|(_, module)| module.file == *name).map(|(path, _)| path);
        // Inline modules are in the file of the module that contains them.
        let module = module.min_by_key(|path| path.len()).expect("each file is a module").clone();
        let mut reader = Reader { modules, module, targets: BTreeMap::new(), bound: Vec::new(), used: BTreeSet::new() };
        reader.visit_file(file);
        let Reader { mut targets, bound, used, .. } = reader;
        // `use crate::log` with `log::plans::Plans` after it imports the latter's file alone.
        for (name, file, path) in bound {
            if !used.contains(&name) {
                targets.entry(file).or_insert(path);
            }
        }
        targets.remove(name);
        found.insert(name.clone(), targets);
    }
    found
}

struct Reader<'a> {
    modules: &'a Modules,
    module: ModulePath,
    targets: BTreeMap<String, String>,
    /// Modules that are imported by their name: the name, the module's file, the path.
    bound: Vec<(String, String, String)>,
    /// Names that paths begin with.
    used: BTreeSet<String>,
}

impl Reader<'_> {
    fn path(&mut self, path: &[String]) {
        let [first, rest @ ..] = path else { return };
        let target = self.modules.resolve(&self.module, path);
        if rest.is_empty() && !matches!(target, Some(Target::Item(_))) {
            return;
        }
        self.used.insert(first.clone());
        if let Some(target) = target {
            let file = self.modules.modules[target.module()].file.clone();
            self.targets.entry(file).or_insert_with(|| path.join("::"));
        }
    }

    /// Finds paths among tokens that syn does not read: the arguments of macros and of attributes.
    fn tokens(&mut self, mut at: Cursor<'_>) {
        while !at.eof() {
            if let Some((inside, _, _, next)) = at.any_group() {
                self.tokens(inside);
                at = next;
            } else if let Some((first, next)) = at.ident() {
                let mut path = vec![first.to_string()];
                at = next;
                while let Some((name, next)) = continued(at) {
                    path.push(name);
                    at = next;
                }
                self.path(&path);
            } else if let Some((literal, next)) = at.literal() {
                // serde names functions in strings.
                let text = syn::parse_str::<LitStr>(&literal.to_string()).map(|text| text.value());
                if let Ok(text) = text
                    && (text.starts_with("crate::") || text.starts_with("super::"))
                    && let Ok(path) = syn::parse_str::<Path>(&text)
                {
                    self.visit_path(&path);
                }
                at = next;
            } else if let Some((_, next)) = at.token_tree() {
                at = next;
            } else {
                return;
            }
        }
    }
}

/// `::name` at this place.
fn continued(at: Cursor<'_>) -> Option<(String, Cursor<'_>)> {
    let (first, at) = at.punct()?;
    let (second, at) = at.punct()?;
    let (name, at) = at.ident()?;
    (first.as_char() == ':' && second.as_char() == ':').then(|| (name.to_string(), at))
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes: &[Attribute] = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_some() {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        for import in flatten(item) {
            let Some(target) = self.modules.resolve(&self.module, &import.path) else { continue };
            let module = target.module();
            if import.exported && module.len() > self.module.len() && module.starts_with(&self.module) {
                continue;
            }
            let (file, path) = (self.modules.modules[module].file.clone(), import.path.join("::"));
            match (target, import.name) {
                (Target::Module(_), Some(name)) => self.bound.push((name, file, path)),
                _ => {
                    self.targets.entry(file).or_insert(path);
                }
            }
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.path(&names);
        }
        visit::visit_path(self, path);
    }

    /// `pub(crate)` and `pub(in crate::x)` import nothing.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}

    fn visit_macro(&mut self, found: &'ast Macro) {
        self.visit_path(&found.path);
        self.tokens(TokenBuffer::new2(found.tokens.clone()).begin());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(TokenBuffer::new2(list.tokens.clone()).begin());
        }
    }
}
