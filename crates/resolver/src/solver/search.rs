//! One search: decides releases until every required package has one.
//!
//! A candidate is passed over only for a reason that was read: it is not available, its metadata cannot
//! be used, or what it requires is ruled out. Candidates that fail alike are ruled out together, by one
//! incompatibility. Meanwhile the metadata of the next candidates is requested, of the more the more
//! have failed.

mod ahead;
mod checks;
mod lead;
mod revision;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use rustc_hash::FxBuildHasher;

use crate::Limits;
use crate::carry_over::CarryOver;
use crate::catalog::Catalog;
use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::node::{NameId, Node};
use crate::proof::Selection;
use crate::solver::failure::Failure;
use crate::solver::incompatibility::NodeIndex;
use crate::solver::places::Places;
use crate::solver::priority::Agenda;
use crate::solver::rejections::{Rejections, tie};
use crate::solver::requirements::{Requirement, Requirements};
use crate::solver::search::ahead::Pace;
use crate::solver::state::State;
use crate::wanted::Wanted;

/// A search over the catalog.
pub(crate) struct Search<'a> {
    pub(crate) catalog: &'a Catalog<'a>,
    /// The packages that may differ between environments; `None` where there is one environment only.
    apart: Option<&'a BTreeSet<NameId>>,
    pub(crate) carry_over: &'a RefCell<CarryOver>,
    pub(crate) state: State,
    pub(crate) agenda: Agenda,
    /// The packages that the user's lines name.
    named: BTreeSet<NameId>,
    /// The order in which packages were met.
    met: HashMap<NameId, u32, FxBuildHasher>,
    of_name: HashMap<NameId, Vec<NodeIndex>, FxBuildHasher>,
    requirements: HashMap<(NodeIndex, u32), Requirements, FxBuildHasher>,
    /// The candidates of each package whose metadata was read and that were rejected.
    read: HashMap<NameId, BTreeSet<u32>, FxBuildHasher>,
    /// The first place of each package beyond those whose metadata was asked for in step with another.
    asked_to: HashMap<NameId, u32, FxBuildHasher>,
    paces: HashMap<NameId, Pace, FxBuildHasher>,
    /// What was rejected of other nodes since a node began to be settled, and the last level that this rests
    /// on: the state knows the reasons, and draws its conclusions afterwards.
    rejected_now: HashMap<NodeIndex, (Places, u32), FxBuildHasher>,
    skipped: BTreeSet<NameId>,
    effort: Effort,
}

/// The work of a search.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Effort {
    /// How often a release was chosen, or candidates were ruled out together.
    pub(crate) decisions: u64,
    /// How often the order of decisions was changed.
    pub(crate) reorders: u64,
}

/// What a search found.
pub(crate) struct Found {
    pub(crate) selection: Selection,
    /// Packages in the order in which they were decided.
    pub(crate) order: Vec<NameId>,
    /// How many decisions it consists of.
    pub(crate) decisions: u64,
    /// Packages of which candidates were skipped without being read.
    pub(crate) skipped: BTreeSet<NameId>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(
        catalog: &'a Catalog<'a>,
        apart: Option<&'a BTreeSet<NameId>>,
        carry_over: &'a RefCell<CarryOver>,
    ) -> Self {
        Self {
            catalog,
            apart,
            carry_over,
            state: State::new(catalog.rules.options.limits.longest_jump),
            agenda: Agenda::default(),
            named: BTreeSet::new(),
            met: HashMap::default(),
            of_name: HashMap::default(),
            requirements: HashMap::default(),
            read: HashMap::default(),
            asked_to: HashMap::default(),
            paces: HashMap::default(),
            rejected_now: HashMap::default(),
            skipped: BTreeSet::new(),
            effort: Effort::default(),
        }
    }

    fn limits(&self) -> &'a Limits {
        &self.catalog.rules.options.limits
    }

    pub(crate) fn effort(&self) -> Effort {
        self.effort
    }

    /// Whether a package has one version in all environments.
    pub(crate) fn is_linked(&self, name: NameId) -> bool {
        self.apart.is_some_and(|apart| !apart.contains(&name))
    }

    /// Whether a package may have another version in each environment.
    pub(crate) fn is_apart(&self, name: NameId) -> bool {
        self.apart.is_some_and(|apart| apart.contains(&name))
    }

    /// The node whose release this one has to share.
    pub(crate) fn leader(&self, node: Node) -> Option<Node> {
        match node {
            Node::Base(name, _) | Node::Extra(name, ..) if self.is_linked(name) => {
                Some(Node::Link(name))
            }
            Node::Extra(name, _, environments) => Some(Node::Base(name, environments)),
            Node::Line(_) | Node::Link(_) | Node::Base(..) => None,
        }
    }

    pub(crate) fn decision_of(&self, node: Node) -> Option<u32> {
        self.state.decision(self.state.known_number(node)?)
    }

    pub(crate) fn met_at(&self, name: NameId) -> u32 {
        self.met.get(&name).copied().unwrap_or(u32::MAX)
    }

    /// The nodes of a package.
    pub(crate) fn nodes_of(&self, name: NameId) -> &[NodeIndex] {
        self.of_name.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Searches.
    ///
    /// # Errors
    ///
    /// The index failed, an environment has to be split, or the budget is spent.
    pub(crate) fn run(&mut self) -> Result<Result<Found, Failure>, Interrupt> {
        self.assume_lines()?;
        loop {
            if let Err(conflict) = self.state.propagate() {
                return Ok(Err(Failure::of(conflict, &self.state, self.catalog)?));
            }
            let Some(node) = self.next()? else {
                return Ok(Ok(self.found()?));
            };
            self.effort.decisions += 1;
            self.carry_over.borrow().spend()?;
            match self.settle(node) {
                Ok(Some(place)) => self.decide(node, place)?,
                Ok(None) => {}
                Err(Interrupt::Reordered) => {
                    self.effort.reorders += 1;
                    self.state.go_back(0);
                    self.state.touch_all();
                }
                Err(interrupt) => return Err(interrupt),
            }
        }
    }

    /// Takes the user's lines for granted.
    fn assume_lines(&mut self) -> Result<(), Interrupt> {
        let lines = self.catalog.lines();
        let names = lines.iter().map(|(_, dependency, _)| dependency.name);
        self.catalog.prefetch(names);
        for (number, dependency, environments) in &lines {
            self.named.insert(dependency.name);
            let requirements = self.line_requirements(dependency, *environments);
            let node = self.number(Node::Line(*number));
            self.state.assume(node, 0);
            self.require_all(node, 0, &requirements)?;
        }
        Ok(())
    }

    fn found(&self) -> Result<Found, Interrupt> {
        let mut selection = Selection::default();
        let mut order = Vec::new();
        let mut decisions = 0;
        for (node, place) in self.state.decisions() {
            let Some(name) = node.name() else { continue };
            decisions += 1;
            if !order.contains(&name) {
                order.push(name);
            }
            if let Node::Base(_, environments) = node {
                let listing = self.catalog.listing(name)?;
                let version = &listing.releases()[place as usize].version;
                for environment in environments.iter() {
                    selection.insert((name, environment), version.clone());
                }
            }
        }
        Ok(Found {
            selection,
            order,
            decisions,
            skipped: self.skipped.clone(),
        })
    }

    fn number(&mut self, node: Node) -> NodeIndex {
        if let Some(known) = self.state.known_number(node) {
            return known;
        }
        let number = self.state.number(node);
        if let Some(name) = node.name() {
            self.of_name.entry(name).or_default().push(number);
        }
        number
    }

    /// Decides a node, and requires what its release does.
    fn decide(&mut self, number: NodeIndex, place: u32) -> Result<(), Interrupt> {
        let node = self.state.node(number);
        if let Some(leader) = self.leader(node) {
            let leader = self.number(leader);
            let allowed = Places::single(place);
            self.state.require(
                number,
                leader,
                allowed.clone(),
                vec![(allowed, Rc::new(Wanted::any()))],
            );
        }
        if let Ok(requirements) = self.requirements(number, place)? {
            self.require_all(number, place, &requirements)?;
        }
        self.state.decide(number, place);
        Ok(())
    }

    fn require_all(
        &mut self,
        from: NodeIndex,
        place: u32,
        requirements: &[Requirement],
    ) -> Result<(), Interrupt> {
        let names = requirements.iter().filter_map(|wanted| wanted.to.name());
        self.catalog.prefetch(names);
        for requirement in requirements {
            if let Some(name) = requirement.to.name() {
                let next = u32::try_from(self.met.len()).unwrap_or(u32::MAX);
                self.met.entry(name).or_insert(next);
            }
            let to = self.number(requirement.to);
            let allowed = requirement.places(self.catalog)?.clone();
            let part = (Places::single(place), Rc::clone(&requirement.wanted));
            self.state.require(from, to, allowed, vec![part]);
        }
        Ok(())
    }

    /// What a node requires at a place.
    fn requirements(&mut self, number: NodeIndex, place: u32) -> Result<Requirements, Interrupt> {
        let key = (number, place);
        if let Some(known) = self.requirements.get(&key) {
            return Ok(known.clone());
        }
        let requirements = match self.state.node(number) {
            Node::Line(_) | Node::Link(_) => Ok(Rc::default()),
            Node::Base(name, environments) => {
                self.release_requirements(name, place, None, environments)?
            }
            Node::Extra(name, extra, environments) => {
                self.release_requirements(name, place, Some(extra), environments)?
            }
        };
        self.requirements.insert(key, requirements.clone());
        Ok(requirements)
    }

    /// The release to decide for a node; `None`: some candidates were ruled out, so look again.
    fn settle(&mut self, number: NodeIndex) -> Result<Option<u32>, Interrupt> {
        self.rejected_now.clear();
        let node = self.state.node(number);
        let (Some(name), Some(places)) = (node.name(), self.state.places(number).cloned()) else {
            return Ok(None);
        };
        let listing = self.catalog.listing(name)?;
        match self.leader(node).map(|leader| self.number(leader)) {
            Some(leader) => self.follow(number, leader, &places, &listing),
            None => self.lead(number, &places, &listing),
        }
    }

    /// The release that the leader of a node has.
    fn follow(
        &mut self,
        number: NodeIndex,
        leader: NodeIndex,
        places: &Places,
        listing: &Listing,
    ) -> Result<Option<u32>, Interrupt> {
        let Some(place) = self.state.decision(leader) else {
            return Err(Interrupt::defect(
                "a follower was decided before its leader",
            ));
        };
        if !places.contains(place) {
            tie(leader, number, &Places::single(place), &mut self.state);
            return Ok(None);
        }
        let Some(rejection) = self.rejection(&[number], listing, place)? else {
            return Ok(Some(place));
        };
        let mut rejections = Rejections::default();
        rejections.add(place, rejection);
        rejections.learn(leader, &mut self.state);
        Ok(None)
    }
}
