/** Configuration records read strictly from YAML: unknown, missing and ill-typed keys are errors that name them. */
package org.openmoshi.models.config;
