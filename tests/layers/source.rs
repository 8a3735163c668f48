//! The modules of the crate as its files declare them: what each defines, imports and names.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, File, ImplItem, Item, ItemImpl, ItemMod, ItemUse, Lit, Type, UseTree};

/// The files of the crate by their paths below `src`.
pub type Files = BTreeMap<String, String>;
pub type Path = Vec<String>;

/// An import: the name that it has here, and the path that it stands for.
pub struct Import {
    /// `None` for a glob.
    pub name: Option<String>,
    pub path: Path,
}

#[derive(Default)]
pub struct Module {
    pub file: String,
    pub parent: Option<usize>,
    pub children: BTreeMap<String, usize>,
    pub items: BTreeSet<String>,
    pub imports: Vec<Import>,
    /// Paths of more than one segment, in code and in macros.
    pub paths: BTreeSet<Path>,
    /// Paths that comments link to.
    pub links: BTreeSet<Path>,
    pub names: BTreeSet<String>,
    /// Methods that are called.
    pub calls: BTreeSet<String>,
    /// Methods of each type that has an `impl` here.
    pub methods: Vec<(Path, String)>,
    /// String literals, without those of comments.
    pub texts: Vec<String>,
    /// What is defined here, for files that may only declare.
    pub definitions: Vec<String>,
}

pub struct Modules(pub Vec<Module>);

impl Modules {
    pub const ROOT: usize = 0;

    pub fn of(files: &Files) -> Modules {
        let mut modules = Modules(Vec::new());
        modules.add_file(files, "lib.rs", "", None);
        modules
    }

    fn add_file(&mut self, files: &Files, file: &str, folder: &str, parent: Option<usize>) -> usize {
        let text = files.get(file).unwrap_or_else(|| panic!("there is a file {file}"));
        let mut parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        WithoutTests.visit_file_mut(&mut parsed);
        let at = self.0.len();
        self.0.push(Module { file: file.to_owned(), parent, ..Module::default() });
        for attribute in &parsed.attrs {
            scan(attribute.to_token_stream(), &mut self.0[at]);
        }
        self.add_items(files, at, folder, parsed.items);
        at
    }

    fn add_items(&mut self, files: &Files, at: usize, folder: &str, items: Vec<Item>) {
        for item in items {
            match item {
                Item::Mod(ItemMod { ident, content: None, .. }) => {
                    let below = format!("{folder}{ident}/");
                    let path = [format!("{folder}{ident}.rs"), format!("{below}mod.rs")];
                    let file = path.iter().find(|path| files.contains_key(*path)).expect("the file of the module");
                    let child = self.add_file(files, file, &below, Some(at));
                    self.0[at].children.insert(ident.to_string(), child);
                }
                Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) => {
                    let child = self.0.len();
                    let file = self.0[at].file.clone();
                    self.0.push(Module { file, parent: Some(at), ..Module::default() });
                    self.0[at].children.insert(ident.to_string(), child);
                    self.0[at].definitions.push(format!("mod {ident} with a body"));
                    self.add_items(files, child, &format!("{folder}{ident}/"), items);
                }
                Item::Use(item) => import(&item, &mut self.0[at]),
                item => self.define(at, item),
            }
        }
    }

    fn define(&mut self, at: usize, item: Item) {
        let module = &mut self.0[at];
        let name = match &item {
            Item::Const(item) => Some(item.ident.to_string()),
            Item::Enum(item) => Some(item.ident.to_string()),
            Item::Fn(item) => Some(item.sig.ident.to_string()),
            Item::Macro(item) => item.ident.as_ref().map(ToString::to_string),
            Item::Static(item) => Some(item.ident.to_string()),
            Item::Struct(item) => Some(item.ident.to_string()),
            Item::Trait(item) => Some(item.ident.to_string()),
            Item::Type(item) => Some(item.ident.to_string()),
            Item::Union(item) => Some(item.ident.to_string()),
            _ => None,
        };
        if let Item::Impl(ItemImpl { trait_: None, self_ty, items, .. }) = &item
            && let Type::Path(of) = &**self_ty
        {
            let of: Path = of.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            for item in items {
                if let ImplItem::Fn(function) = item {
                    module.methods.push((of.clone(), function.sig.ident.to_string()));
                }
            }
        }
        module.definitions.push(name.clone().unwrap_or_else(|| "an impl or a macro call".to_owned()));
        module.items.extend(name);
        scan(item.to_token_stream(), module);
    }
}

/// Takes out what is compiled for unit tests alone: they may use anything.
struct WithoutTests;

impl VisitMut for WithoutTests {
    fn visit_file_mut(&mut self, file: &mut File) {
        file.items.retain(|item| !is_for_tests(item));
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !is_for_tests(item));
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, item: &mut ItemImpl) {
        item.items.retain(|item| !is_for_tests(item));
        visit_mut::visit_item_impl_mut(self, item);
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        block.stmts.retain(|statement| !is_for_tests(statement));
        visit_mut::visit_block_mut(self, block);
    }
}

fn is_for_tests(item: &impl ToTokens) -> bool {
    let mut tokens = item.to_token_stream().into_iter();
    while let Some(TokenTree::Punct(mark)) = tokens.next()
        && mark.as_char() == '#'
    {
        let Some(TokenTree::Group(attribute)) = tokens.next() else { return false };
        let text: String = attribute.stream().to_string().split_whitespace().collect();
        if text == "cfg(test)" || text.starts_with("cfg(all(test,") {
            return true;
        }
    }
    false
}

fn import(item: &ItemUse, module: &mut Module) {
    add_tree(&item.tree, &mut Vec::new(), module);
}

fn add_tree(tree: &UseTree, before: &mut Path, module: &mut Module) {
    let mut add = |name: Option<String>, last: Option<String>| {
        let path = before.iter().cloned().chain(last).collect();
        module.imports.push(Import { name, path });
    };
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            add_tree(&path.tree, before, module);
            before.pop();
        }
        UseTree::Name(name) if name.ident == "self" => add(before.last().cloned(), None),
        UseTree::Name(name) => add(Some(name.ident.to_string()), Some(name.ident.to_string())),
        UseTree::Rename(rename) if rename.ident == "self" => add(Some(rename.rename.to_string()), None),
        UseTree::Rename(rename) => add(Some(rename.rename.to_string()), Some(rename.ident.to_string())),
        UseTree::Glob(_) => add(None, None),
        UseTree::Group(group) => group.items.iter().for_each(|tree| add_tree(tree, before, module)),
    }
}

/// Notes the paths, names and calls among these tokens. Macros are tokens too, which no syntax tree has.
fn scan(tokens: TokenStream, module: &mut Module) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |at: usize, mark: char| matches!(tokens.get(at), Some(TokenTree::Punct(one)) if one.as_char() == mark);
    let ident = |at: usize| match tokens.get(at) {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    };
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "use" => {
                let end = (at..tokens.len()).find(|end| is(*end, ';')).unwrap_or(tokens.len() - 1);
                if let Ok(item) = syn::parse2::<ItemUse>(tokens[at..=end].iter().cloned().collect()) {
                    import(&item, module);
                    at = end;
                }
            }
            TokenTree::Ident(word) => {
                let mut path = vec![word.to_string()];
                if at > 0 && is(at - 1, '.') {
                    module.calls.insert(word.to_string());
                }
                while is(at + 1, ':')
                    && is(at + 2, ':')
                    && let Some(next) = ident(at + 3)
                {
                    path.push(next);
                    at += 3;
                }
                module.names.insert(path[0].clone());
                if path.len() > 1 {
                    module.paths.insert(path);
                }
            }
            TokenTree::Group(group) => scan(group.stream(), module),
            TokenTree::Literal(literal) if at > 1 && ident(at - 2).is_some_and(|word| word == "doc") => {
                module.links.extend(links(&literal.to_string()));
            }
            TokenTree::Literal(literal) => {
                if let Lit::Str(text) = Lit::new(literal.clone()) {
                    module.texts.push(text.value());
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// The paths from `crate` or `super` in the links of a comment.
fn links(text: &str) -> Vec<Path> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    text.split(['[', '(', '`'])
        .map(|rest| rest.split(|c: char| !is_part(c)).next().unwrap_or_default())
        .filter(|path| path.starts_with("crate::") || path.starts_with("super::"))
        .map(|path| path.split("::").map(str::to_owned).collect())
        .collect()
}
