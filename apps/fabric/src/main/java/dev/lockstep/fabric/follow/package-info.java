/**
 * Following a chain: blocks from one node, headers with signatures from all, and nothing is
 * believed before enough nodes have signed the same. Frontends follow all channels for ever; nodes
 * fetch what they lack.
 */
package dev.lockstep.fabric.follow;
