/**
 * What a replica writes to its vote file before it speaks ({@link
 * dev.lockstep.protocol.record.Record}), and what it finds there when it starts ({@link
 * dev.lockstep.protocol.port.StartState}).
 */
package dev.lockstep.protocol.record;
