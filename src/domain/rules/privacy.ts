import type { AttributeEntry } from './source.js';

/** Attributes of group 0010 that describe a patient without naming one. */
const descriptive = new Set([
  '00100040', // PatientSex
  '00101010', // PatientAge
  '00101020', // PatientSize
  '00101030', // PatientWeight
  '001021C0', // PregnancyStatus
  '00102201', // PatientSpeciesDescription
  '00102292', // PatientBreedDescription
  '00109431', // PatientSexNeutered
  '00100200', // QualityControlSubject
]);

/** Attributes outside group 0010, and not of VR PN, that point at a person or may say anything about one. */
const identifying = new Set([
  '00080050', // AccessionNumber
  '00080092', // ReferringPhysicianAddress
  '00080094', // ReferringPhysicianTelephoneNumbers
  '00120040', // ClinicalTrialSubjectID
  '00120042', // ClinicalTrialSubjectReadingID
  '00184000', // AcquisitionComments
  '00200010', // StudyID
  '00204000', // ImageComments
  '00321033', // RequestingService
  '00324000', // StudyComments
  '00380010', // AdmissionID
  '00380060', // ServiceEpisodeID
  '00380300', // CurrentPatientLocation
  '00380400', // PatientInstitutionResidence
  '00380500', // PatientState
  '00384000', // VisitComments
  '00400009', // ScheduledProcedureStepID
  '00400253', // PerformedProcedureStepID
  '00400280', // CommentsOnThePerformedProcedureStep
  '00401001', // RequestedProcedureID
  '00401102', // PersonAddress
  '00401103', // PersonTelephoneNumbers
  '00401400', // RequestedProcedureComments
  '00402016', // PlacerOrderNumberImagingServiceRequest
  '00402017', // FillerOrderNumberImagingServiceRequest
  '00402400', // ImagingServiceRequestComments
]);

/**
 * Whether values of this attribute may never be shown, nor what a rule compares them with.
 * Private attributes may hold anything, so they count as identifying.
 * @see DICOM PS3.15 Table E.1-1
 */
export function isWithheld({ tag, vr }: Pick<AttributeEntry, 'tag' | 'vr'>): boolean {
  const group = tag.slice(0, 4);
  const isPrivate = Number.parseInt(group, 16) % 2 === 1;
  if (vr === 'PN' || vr === 'UN' || isPrivate) return true;
  return group === '0010' ? !descriptive.has(tag) : identifying.has(tag);
}
