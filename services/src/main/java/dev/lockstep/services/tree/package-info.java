/**
 * {@link dev.lockstep.services.tree.CowTree}, the sorted map that the services keep their state in:
 * a copy of it costs nothing until it is written to.
 */
package dev.lockstep.services.tree;
