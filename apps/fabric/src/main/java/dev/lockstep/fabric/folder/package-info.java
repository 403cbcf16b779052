/**
 * The files of an ordering service: what {@code lockstep fabric init} writes, and what nodes and
 * frontends are started from.
 */
package dev.lockstep.fabric.folder;
