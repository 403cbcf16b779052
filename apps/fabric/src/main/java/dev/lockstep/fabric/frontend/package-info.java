/**
 * Frontends: what peers and clients of Fabric see of the ordering service. A frontend checks what
 * is broadcast, has the group order it, follows the chains of all channels, and delivers blocks
 * that a quorum of nodes has signed. It can be started empty at any time: everything that it stores
 * it can fetch again.
 */
package dev.lockstep.fabric.frontend;
