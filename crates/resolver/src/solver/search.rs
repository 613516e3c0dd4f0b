//! One search: decides releases until all that is required has one.
//!
//! A candidate is passed over for a reason that was read, and for no other: it is not available, its
//! metadata cannot be used, or it requires what is ruled out. Candidates that fail alike are ruled out
//! together, by one incompatibility; meanwhile the metadata of those that come next is on its way, of
//! more and more of them the more have failed.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use harden_requirements::VersionSet;
use rustc_hash::FxBuildHasher;

use crate::Limits;
use crate::carry_over::CarryOver;
use crate::catalog::Catalog;
use crate::catalog::listing::Listing;
use crate::dependency::Dependency;
use crate::interrupt::Interrupt;
use crate::node::{EnvironmentSet, NameId, Node};
use crate::proof::Chosen;
use crate::solver::failure::Failure;
use crate::solver::incompatibility::NodeIndex;
use crate::solver::places::Places;
use crate::solver::priority::Agenda;
use crate::solver::rejections::{Rejection, Rejections, tie};
use crate::solver::requirements::{Requirement, Requirements};
use crate::solver::state::State;

/// How many candidates are asked for beyond those that are likely to fail.
const SLACK: usize = 4;

/// A search over the catalog.
pub(crate) struct Search<'a> {
    pub(crate) catalog: &'a Catalog<'a>,
    /// The packages that may differ between environments; `None` where there is one environment only.
    apart: Option<&'a BTreeSet<NameId>>,
    pub(crate) carry_over: &'a RefCell<CarryOver>,
    pub(crate) state: State,
    pub(crate) agenda: Agenda,
    lines: Vec<(Dependency, EnvironmentSet)>,
    /// The order in which packages were met.
    met: HashMap<NameId, u32, FxBuildHasher>,
    of_name: HashMap<NameId, Vec<NodeIndex>, FxBuildHasher>,
    requirements: HashMap<(NodeIndex, u32), Requirements, FxBuildHasher>,
    /// The candidates of each package that were rejected for their metadata.
    read: HashMap<NameId, BTreeSet<u32>, FxBuildHasher>,
    /// The first place of each package beyond those whose metadata was asked for in step with another.
    asked_to: HashMap<NameId, u32, FxBuildHasher>,
    skipped: BTreeSet<NameId>,
    effort: Effort,
}

/// What a search took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Effort {
    /// How often a release was chosen, or candidates were ruled out together.
    pub(crate) decisions: u64,
    /// How often the order of decisions was changed.
    pub(crate) reorders: u64,
}

/// What a search found.
pub(crate) struct Found {
    pub(crate) chosen: Chosen,
    /// Packages in the order in which they were decided.
    pub(crate) order: Vec<NameId>,
    /// How many of the decisions it consists of.
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
            lines: catalog.lines(),
            met: HashMap::default(),
            of_name: HashMap::default(),
            requirements: HashMap::default(),
            read: HashMap::default(),
            asked_to: HashMap::default(),
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
        let names = self.lines.iter().map(|(dependency, _)| dependency.name);
        self.catalog.prefetch(names);
        for line in 0..self.lines.len() {
            let (dependency, environments) = &self.lines[line];
            let requirements = self.line_requirements(dependency, *environments);
            let node = self.number(Node::Line(line));
            self.state.assume(node, 0);
            self.require_all(node, 0, &requirements)?;
        }
        Ok(())
    }

    fn found(&self) -> Result<Found, Interrupt> {
        let mut chosen = Chosen::default();
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
                    chosen.insert((name, environment), version.clone());
                }
            }
        }
        Ok(Found {
            chosen,
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
                vec![(allowed, Rc::new(VersionSet::full()))],
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

    /// The first candidate of a node that is not ruled out.
    fn lead(
        &mut self,
        number: NodeIndex,
        places: &Places,
        listing: &Listing,
    ) -> Result<Option<u32>, Interrupt> {
        let node = self.state.node(number);
        let members = self.members(number);
        let candidates = self.candidates(node, listing, places);
        let mut next = candidates.iter();
        let mut ahead = Ahead::new(&candidates);
        let mut rejections = Rejections::default();
        let mut outcome = Ok(None);
        while let Some(place) = next.next() {
            ahead.passed += 1;
            let Some(rejection) = self.rejection(&members, listing, place)? else {
                if rejections.is_empty() {
                    outcome = Ok(Some(place));
                }
                break;
            };
            let was_read = rejection.was_read();
            let is_order_to_blame = self.is_order_to_blame(number, &rejection);
            ahead.distance = self.distance(&rejection);
            rejections.add(place, rejection);
            if is_order_to_blame {
                outcome = Err(Interrupt::Reordered);
                break;
            }
            if was_read {
                self.carry_over.borrow().spend()?;
                ahead.read += 1;
                self.ask_ahead(&mut ahead, &members, listing)?;
                self.skip(number, place, &mut next);
            }
        }
        rejections.learn(number, &mut self.state);
        outcome
    }

    /// The nodes whose release is decided with that of `leader`: itself, and those that follow it.
    fn members(&self, leader: NodeIndex) -> Vec<NodeIndex> {
        let node = self.state.node(leader);
        let mut members: Vec<NodeIndex> = match node {
            Node::Link(_) => Vec::new(),
            _ => vec![leader],
        };
        let followers = node.name().map_or(&[][..], |name| self.nodes_of(name));
        let follows = |number: &&NodeIndex| {
            self.leader(self.state.node(**number)) == Some(node)
                && self.state.places(**number).is_some()
        };
        members.extend(followers.iter().filter(follows));
        members
    }

    /// Why a candidate cannot be chosen for these nodes; `None`: nothing speaks against it.
    fn rejection(
        &mut self,
        members: &[NodeIndex],
        listing: &Listing,
        place: u32,
    ) -> Result<Option<Rejection>, Interrupt> {
        for &member in members {
            if !self.is_available(self.state.node(member), listing, place)? {
                let reason = None;
                return Ok(Some(Rejection::Unavailable { member, reason }));
            }
        }
        for &member in members {
            let requirements = match self.requirements(member, place)? {
                Ok(requirements) => requirements,
                Err(reason) => {
                    let reason = Some(reason);
                    return Ok(Some(Rejection::Unavailable { member, reason }));
                }
            };
            if let Some(conflict) = self.known_conflict(member, &requirements)? {
                return Ok(Some(conflict));
            }
            if let Some(conflict) = self.unmet(member, &requirements)? {
                return Ok(Some(conflict));
            }
        }
        Ok(None)
    }

    /// The requirement that what is known rules out at the earliest level.
    fn known_conflict(
        &self,
        member: NodeIndex,
        requirements: &[Requirement],
    ) -> Result<Option<Rejection>, Interrupt> {
        let mut earliest: Option<(u32, Rejection)> = None;
        for requirement in requirements {
            let Some(to) = self.state.known_number(requirement.to) else {
                continue;
            };
            if self.state.known(to).is_none() {
                continue;
            }
            let allowed = requirement.places(self.catalog)?;
            let Some(level) = self.state.excluded_at(to, allowed) else {
                continue;
            };
            if earliest.as_ref().is_none_or(|(known, _)| level < *known) {
                let wanted = Rc::clone(&requirement.wanted);
                let allowed = allowed.clone();
                let conflict = Rejection::Conflict {
                    member,
                    to,
                    wanted,
                    allowed,
                    level,
                };
                earliest = Some((level, conflict));
            }
        }
        Ok(earliest.map(|(_, conflict)| conflict))
    }

    /// A requirement that no available release meets.
    fn unmet(
        &mut self,
        member: NodeIndex,
        requirements: &[Requirement],
    ) -> Result<Option<Rejection>, Interrupt> {
        let names = requirements.iter().filter_map(|wanted| wanted.to.name());
        self.catalog.prefetch(names);
        for requirement in requirements {
            let Some(name) = requirement.to.name() else {
                continue;
            };
            let listing = self.catalog.listing(name)?;
            let allowed = requirement.places(self.catalog)?.clone();
            let remaining = match self.state.known_number(requirement.to) {
                Some(to) => self.state.remaining(to, &allowed),
                None => allowed.clone(),
            };
            if self.has_available(requirement.to, &listing, &remaining)? {
                if self.is_hopeless(requirement.to, &listing, &remaining)? {
                    let to = self.number(requirement.to);
                    let (wanted, level) = (Rc::clone(&requirement.wanted), 0);
                    return Ok(Some(Rejection::Conflict {
                        member,
                        to,
                        wanted,
                        allowed,
                        level,
                    }));
                }
                continue;
            }
            let to = self.number(requirement.to);
            if !remaining.is_empty() {
                let mut unavailable = Rejections::default();
                for place in remaining.iter(listing.count(), false) {
                    let reason = None;
                    let rejection = Rejection::Unavailable { member: to, reason };
                    unavailable.add(place, rejection);
                }
                unavailable.learn(to, &mut self.state);
            }
            let wanted = Rc::clone(&requirement.wanted);
            return Ok(Some(Rejection::Conflict {
                member,
                to,
                wanted,
                allowed,
                level: 0,
            }));
        }
        Ok(None)
    }

    /// Whether each of the few releases that are left of a package cannot be chosen, where others of
    /// it could not either. All of these are ruled out then.
    ///
    /// Where each release of one package requires one release of another, as boto3 does of botocore,
    /// this rules out both in one go.
    fn is_hopeless(
        &mut self,
        node: Node,
        listing: &Listing,
        places: &Places,
    ) -> Result<bool, Interrupt> {
        let Node::Base(name, _) = node else {
            return Ok(false);
        };
        let read = self.read.get(&name).map_or(0, BTreeSet::len);
        if read < self.limits().look_deeper_after {
            return Ok(false);
        }
        let most = self.limits().look_deeper_at;
        let candidates = self.candidates(node, listing, places);
        let few: Vec<u32> = candidates.iter().take(most + 1).collect();
        if few.len() > most {
            return Ok(false);
        }
        let number = self.number(node);
        let leader = self
            .leader(node)
            .map_or(number, |leader| self.number(leader));
        let mut rejections = Rejections::default();
        let mut outcome = Ok(true);
        for place in few {
            let Some(rejection) = self.shallow_rejection(number, listing, place)? else {
                outcome = Ok(false);
                break;
            };
            let is_order_to_blame = self.is_order_to_blame(number, &rejection);
            if rejection.was_read() {
                self.read.entry(name).or_default().insert(place);
                self.ask_beyond(node, listing, place)?;
            }
            rejections.add(place, rejection);
            if is_order_to_blame {
                outcome = Err(Interrupt::Reordered);
                break;
            }
        }
        rejections.learn(leader, &mut self.state);
        outcome
    }

    /// Why a candidate cannot be chosen, as far as its own requirements and what is known say.
    fn shallow_rejection(
        &mut self,
        member: NodeIndex,
        listing: &Listing,
        place: u32,
    ) -> Result<Option<Rejection>, Interrupt> {
        if !self.is_available(self.state.node(member), listing, place)? {
            let reason = None;
            return Ok(Some(Rejection::Unavailable { member, reason }));
        }
        match self.requirements(member, place)? {
            Ok(requirements) => self.known_conflict(member, &requirements),
            Err(reason) => {
                let reason = Some(reason);
                Ok(Some(Rejection::Unavailable { member, reason }))
            }
        }
    }

    /// Asks for the metadata of the releases of a package below `place`: where it is released in step
    /// with another one, these are next.
    fn ask_beyond(&mut self, node: Node, listing: &Listing, place: u32) -> Result<(), Interrupt> {
        let Some(name) = node.name() else {
            return Ok(());
        };
        let read = self.read.get(&name).map_or(0, BTreeSet::len);
        let window = u32::try_from((2 * read).min(self.limits().in_flight)).unwrap_or_default();
        let end = (place + 1 + window).min(listing.count());
        let start = self
            .asked_to
            .get(&name)
            .map_or(place + 1, |asked| (place + 1).max(*asked));
        for place in start..end {
            self.prefetch_metadata(node, listing, place)?;
        }
        self.asked_to.insert(name, end.max(start));
        Ok(())
    }

    /// Whether a candidate fails for a package that was decided before, and candidates did so often
    /// enough for the order to be changed.
    fn is_order_to_blame(&self, number: NodeIndex, rejection: &Rejection) -> bool {
        let Rejection::Conflict { to, level, .. } = rejection else {
            return false;
        };
        if *level == 0 || self.state.decision(*to).is_none() {
            return false;
        }
        let affected = self.state.node(number).name();
        let culprit = self.state.node(*to).name();
        match (affected, culprit) {
            (Some(affected), Some(culprit)) if affected != culprit => {
                self.carry_over.borrow_mut().conflict(affected, culprit)
            }
            _ => false,
        }
    }

    /// How many releases lie between those that a candidate requires and the newest that is possible:
    /// where two packages are released in step, so many candidates fail as well.
    fn distance(&self, rejection: &Rejection) -> usize {
        let Rejection::Conflict { to, allowed, .. } = rejection else {
            return usize::MAX;
        };
        let possible = self.state.remaining(*to, &Places::full()).first();
        match (allowed.last(), possible) {
            (Some(required), Some(possible)) if required < possible => {
                usize::try_from(possible - required).unwrap_or(usize::MAX)
            }
            _ => usize::MAX,
        }
    }

    /// Asks for the metadata of candidates that come next: twice as many as were read.
    fn ask_ahead(
        &self,
        ahead: &mut Ahead<'_>,
        members: &[NodeIndex],
        listing: &Listing,
    ) -> Result<(), Interrupt> {
        let window = (2 * ahead.read)
            .min(self.limits().in_flight)
            .min(ahead.distance.saturating_add(SLACK));
        while ahead.asked < ahead.passed + window {
            let Some(place) = ahead.candidates.next() else {
                return Ok(());
            };
            ahead.asked += 1;
            if ahead.asked > ahead.passed {
                for member in members {
                    self.prefetch_metadata(self.state.node(*member), listing, place)?;
                }
            }
        }
        Ok(())
    }

    /// Skips candidates once very many were read, more and more of them.
    fn skip(&mut self, number: NodeIndex, place: u32, next: &mut dyn Iterator<Item = u32>) {
        let Some(name) = self.state.node(number).name() else {
            return;
        };
        let read = self.read.entry(name).or_default();
        read.insert(place);
        let beyond = read
            .len()
            .saturating_sub(self.catalog.rules.options.limits.read);
        if beyond > 0 && !self.catalog.rules.options.exhaustive {
            let leap = 1 << beyond.min(16);
            let mut passed = Vec::new();
            passed.extend(next.take(leap));
            if passed.is_empty() {
                return;
            }
            self.skipped.insert(name);
            let reason: Arc<str> = "too many releases were read before it".into();
            let mut rejections = Rejections::default();
            for place in passed {
                let reason = Some(Arc::clone(&reason));
                let member = number;
                rejections.add(place, Rejection::Unavailable { member, reason });
            }
            rejections.learn(number, &mut self.state);
        }
    }

    /// Whether a node has more than one release left, as far as the index and the user's rules go.
    pub(crate) fn has_choice(&self, number: NodeIndex) -> Result<bool, Interrupt> {
        let node = self.state.node(number);
        let (Some(name), Some(places)) = (node.name(), self.state.places(number)) else {
            return Ok(false);
        };
        let listing = self.catalog.listing(name)?;
        let members = self.members(number);
        let mut found: Option<bool> = None;
        for place in self.candidates(node, &listing, places).iter() {
            let mut available = true;
            for member in &members {
                available &= self.is_available(self.state.node(*member), &listing, place)?;
            }
            if !available {
                continue;
            }
            let is_stable = listing.stable().contains(place);
            match found {
                None => {
                    for member in &members {
                        self.prefetch_metadata(self.state.node(*member), &listing, place)?;
                    }
                    found = Some(is_stable);
                }
                // A pre-release is a last resort, no choice.
                Some(was_stable) => return Ok(!was_stable || is_stable),
            }
        }
        Ok(false)
    }
}

/// The candidates that come next, of which metadata is asked for.
struct Ahead<'c> {
    candidates: Box<dyn Iterator<Item = u32> + 'c>,
    /// How many of them were asked for.
    asked: usize,
    /// How many were looked at.
    passed: usize,
    /// How many of these had their metadata read.
    read: usize,
    /// How many more are likely to fail.
    distance: usize,
}

impl<'c> Ahead<'c> {
    fn new(candidates: &'c crate::solver::candidates::Candidates) -> Self {
        Self {
            candidates: Box::new(candidates.iter()),
            asked: 0,
            passed: 0,
            read: 0,
            distance: usize::MAX,
        }
    }
}
