/**
 * The command line. {@link org.openmoshi.train.cli.OpenMoshi} is its main class; a command is one class that it lists.
 *
 * <p>A command throws what goes wrong. {@link org.openmoshi.train.cli.Failure} says which exceptions are worded for the
 * person at the keyboard, so that each layer below can throw the exception that fits it and know nothing of this one.
 */
package org.openmoshi.train.cli;
