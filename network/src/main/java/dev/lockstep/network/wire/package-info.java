/**
 * What goes over a connection around the protocol's messages: {@link
 * dev.lockstep.network.wire.Frames frames}, and the {@link dev.lockstep.network.wire.Greeting
 * greeting} that both ends exchange first. The messages themselves, and their bytes, belong to the
 * protocol. {@code docs/wire.md} describes the whole on one page.
 */
package dev.lockstep.network.wire;
