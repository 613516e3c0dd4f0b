//! A search under changed rules, with all that was learnt and does not depend on what changed.

use std::cell::RefCell;

use crate::carry_over::CarryOver;
use crate::catalog::Catalog;
use crate::catalog::revision::Scope;
use crate::node::Node;
use crate::solver::incompatibility::Cause;
use crate::solver::search::Search;

impl Search<'_> {
    /// A new search over `catalog`, which is that of this search with changes within `scope`. Both are
    /// for one environment.
    pub(crate) fn revised<'b>(
        &self,
        catalog: &'b Catalog<'b>,
        carry_over: &'b RefCell<CarryOver>,
        scope: Scope,
    ) -> Search<'b> {
        let affects = |node: Node| match (node, scope) {
            (Node::Line(number), Scope::Package(name)) => {
                let asked = &self.catalog.rules.request.requirements[number];
                asked.requirement.name == self.catalog.name(name)
            }
            (Node::Line(_), Scope::AllReleases) => false,
            (node, scope) => node.name().is_some_and(|name| scope.affects(name)),
        };
        let mut search = Search::new(catalog, None, carry_over);
        search.state = self.state.revised(|cause| match (cause, scope) {
            (Cause::Unavailable { node, .. }, _) => !affects(self.state.node(*node)),
            (Cause::Requires { from, .. }, Scope::Package(_)) => !affects(self.state.node(*from)),
            (Cause::Requires { .. } | Cause::SameRelease | Cause::Derived(..), _) => true,
        });
        search.of_name.clone_from(&self.of_name);
        search.requirements.clone_from(&self.requirements);
        search
            .requirements
            .retain(|(number, _), _| !affects(self.state.node(*number)));
        search.read.clone_from(&self.read);
        search
    }
}
